import JSONInput
import PublicPages

/// The settings for copies of the documents outside the server.
extension Configuration {
    /// The problem with the directory of the mirror, if there is one.
    var mirrorProblem: ConfigurationProblem? {
        guard let mirror, let reason = PageMirror.problem(with: mirror) else { return nil }
        return problem(at: .root.appending("mirror"), "is \(mirror.quoted), which \(reason)")
    }
}
