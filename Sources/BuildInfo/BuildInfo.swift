/// The version and the commit of this build.
public enum BuildInfo {
    /// The version, defined only here. Releases follow semantic versioning.
    public static let version = "0.1.0"

    /// The commit, with `-modified` if files differed from it; nil if the build did not know it.
    public static var commit: String? { embeddedCommit }

    /// The version, and the commit in parentheses if it is known.
    public static var description: String { commit.map { "\(version) (\($0))" } ?? version }
}
