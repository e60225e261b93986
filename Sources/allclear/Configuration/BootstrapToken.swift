import Foundation
import Publishing

/// The token of the first key, set from outside: in `ALLCLEAR_BOOTSTRAP_TOKEN`, or in the file that
/// `ALLCLEAR_BOOTSTRAP_TOKEN_FILE` names, such as a Docker secret.
///
/// A server needs it only if its database never had a key. In other cases it may be missing or invalid.
struct BootstrapToken {
    private static let variable = "ALLCLEAR_BOOTSTRAP_TOKEN"
    private static let fileVariable = "ALLCLEAR_BOOTSTRAP_TOKEN_FILE"

    var environment = ProcessInfo.processInfo.environment

    /// - Returns: nil if no token is set.
    /// - Throws: if the token is invalid.
    func read() throws(InvalidConfiguration) -> AccessToken? {
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        switch (given(Self.variable), given(Self.fileVariable)) {
        case (nil, nil): return nil
        case (_?, _?):
            throw wrong(Self.fileVariable, "must not be set together with \(Self.variable); unset one of them")
        case (let text?, nil):
            guard let token = AccessToken(text) else { throw wrong(Self.variable, Self.notAToken) }
            return token
        case (nil, let path?):
            let bytes: [UInt8]
            do throws(FileContents.Unreadable) {
                bytes = try FileContents.read(path)
            } catch {
                throw wrong(Self.fileVariable, "is \(path.quoted), which cannot be read: \(error)")
            }
            // Editors may add a byte order mark at the start and a newline at the end.
            let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
            let text = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let token = AccessToken(text) else {
                throw wrong(Self.fileVariable, "is \(path.quoted), whose content \(Self.notAToken)")
            }
            return token
        }
    }

    private func wrong(_ variable: String, _ message: String) -> InvalidConfiguration {
        InvalidConfiguration(
            file: nil, problems: [ConfigurationProblem(place: variable, message: "\(variable) \(message)")])
    }

    // Never quote the value, not even a part: it may be another program's secret.
    private static let notAToken = "is not a token; create one with `allclear keys generate`"
}
