import Foundation
import PackagePlugin

/// Writes a source file with the content of each file in the target's folder of assets as a string literal:
/// `EmbeddedAssets.pageCSS` for `page.css`. String literals compile fast; an array literal of 100 KB takes a minute.
@main
struct EmbedAssets: BuildToolPlugin {
    private static let script = """
        set -eu
        output=$1
        shift
        {
            echo 'enum EmbeddedAssets {'
            for file; do
                # A raw literal cannot contain its own delimiter or its own escapes. Swift turns CR LF into LF.
                if LC_ALL=C grep -q -e '\"\"\"###' -e '\\\\###' -e "$(printf '\\r')" "$file"; then
                    echo "$file: must not contain a carriage return, or ### after quotes or a backslash" >&2
                    exit 1
                fi
                name=${file##*/}
                extension=$(echo "${name##*.}" | tr a-z A-Z)
                printf 'static let %s%s: StaticString = ###\"\"\"\\n' "${name%.*}" "$extension"
                cat "$file"
                printf '\\n\"\"\"###\\n'
            done
            echo '}'
        } > "$output.new"
        mv "$output.new" "$output"
        """

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folders = ["Site/Assets", "Assets"].map { target.directoryURL.appending(path: $0) }
        guard let folder = folders.first(where: { FileManager.default.fileExists(atPath: $0.path()) }) else {
            return []
        }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedAssets.swift")
        return [
            .buildCommand(
                displayName: "Embedding the assets", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "sh", output.path()] + files.map { $0.path() },
                inputFiles: files, outputFiles: [output])
        ]
    }
}
