import Foundation
import PackagePlugin

/// Writes a source file with the commit of this build. The commit comes from ALLCLEAR_COMMIT, or otherwise from git. If
/// neither has it, as in a source archive, the constant is nil.
@main
struct EmbedCommit: BuildToolPlugin {
    private static let script = """
        commit=$ALLCLEAR_COMMIT
        if [ -z "$commit" ] && [ -e "$1/.git" ]; then
            commit=$(git -C "$1" rev-parse --short=12 HEAD 2>/dev/null) &&
                [ -n "$(git -C "$1" status --porcelain --untracked-files=no 2>/dev/null)" ] && commit=$commit-modified
        fi
        line='let embeddedCommit: String? = nil'
        [ -z "$commit" ] || line="let embeddedCommit: String? = \\"$commit\\""
        mkdir -p "$2"
        # Leaves an unchanged file alone, so that it is not compiled again.
        [ "$line" = "$(cat "$2/Commit.swift" 2>/dev/null)" ] || printf '%s\\n' "$line" > "$2/Commit.swift"
        """

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let output = context.pluginWorkDirectoryURL.appending(path: "Commit")
        let environment = ProcessInfo.processInfo.environment.filter { ["ALLCLEAR_COMMIT", "PATH"].contains($0.key) }
        if let commit = environment["ALLCLEAR_COMMIT"], !commit.utf8.allSatisfy(Self.isAllowed) {
            throw InvalidCommit(commit: commit)
        }
        return [
            .prebuildCommand(
                displayName: "Embedding the commit", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "sh", context.package.directoryURL.path(), output.path()],
                environment: environment, outputFilesDirectory: output)
        ]
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// A commit that may not be written into a string literal of the source file.
private struct InvalidCommit: Error, CustomStringConvertible {
    let commit: String

    var description: String {
        "ALLCLEAR_COMMIT must have only the characters 0-9, a-z and -; got \(commit.debugDescription)"
    }
}
