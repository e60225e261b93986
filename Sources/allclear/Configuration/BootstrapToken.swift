import Foundation
import ManagementAPI

/// The token of the first key, given from outside: by `ALLCLEAR_BOOTSTRAP_TOKEN`, or in the file that
/// `ALLCLEAR_BOOTSTRAP_TOKEN_FILE` names, as docker's secrets are.
///
/// Only a server that starts on a database that never had a key needs it. Otherwise it may be missing or wrong.
struct BootstrapToken {
    private static let variable = "ALLCLEAR_BOOTSTRAP_TOKEN"
    private static let fileVariable = "ALLCLEAR_BOOTSTRAP_TOKEN_FILE"

    var environment = ProcessInfo.processInfo.environment

    /// - Returns: nil if none was given.
    /// - Throws: what is wrong with it.
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
            // Editors put a byte order mark before it, and a line's end behind it.
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

    // The value is not quoted, not even in part: it may be the secret of something else.
    private static let notAToken = "is not a token; make one with `allclear keys generate`"
}
