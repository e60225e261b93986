import Foundation
import ManagementAPI

/// The token of the first key, given from outside: by `ALLCLEAR_BOOTSTRAP_TOKEN`, or in the file that
/// `ALLCLEAR_BOOTSTRAP_TOKEN_FILE` names, as docker's secrets are.
///
/// Only the start of a server on a database that never had a key needs it, so that is when it has to be right.
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
        case (_?, _?): throw wrong(Self.fileVariable, "excludes \(Self.variable)")
        case (let text?, nil):
            guard let token = AccessToken(text) else { throw wrong(Self.variable, Self.notAToken) }
            return token
        case (nil, let path?):
            let bytes: [UInt8]
            do throws(FileContents.Unreadable) {
                bytes = try FileContents.read(path)
            } catch {
                throw wrong(Self.fileVariable, "\(path) cannot be read: \(error)")
            }
            let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let token = AccessToken(text) else { throw wrong(Self.fileVariable, "\(path) \(Self.notAToken)") }
            return token
        }
    }

    private func wrong(_ variable: String, _ message: String) -> InvalidConfiguration {
        InvalidConfiguration(file: nil, problems: [ConfigurationProblem(place: variable, message: message)])
    }

    // Not even in part: it may be the secret of something else.
    private static let notAToken = "is not a token; make one with `allclear keys generate`"
}
