import Foundation
import ManagementAPI

/// The token of the first key, given from outside: by `ALLCLEAR_BOOTSTRAP_TOKEN`, or in the file that
/// `ALLCLEAR_BOOTSTRAP_TOKEN_FILE` names, as docker's secrets are.
enum BootstrapToken {
    private static let variable = "ALLCLEAR_BOOTSTRAP_TOKEN"
    private static let fileVariable = "ALLCLEAR_BOOTSTRAP_TOKEN_FILE"

    /// - Parameter problems: what is wrong with it is added to these.
    /// - Returns: nil if none was given.
    static func read(_ environment: [String: String], problems: inout [ConfigurationProblem]) -> AccessToken? {
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        switch (given(variable), given(fileVariable)) {
        case (nil, nil): return nil
        case (_?, _?):
            problems.append(ConfigurationProblem(place: fileVariable, message: "excludes \(variable)"))
        case (let text?, nil):
            if let token = AccessToken(text) { return token }
            problems.append(ConfigurationProblem(place: variable, message: notAToken))
        case (nil, let path?):
            guard let data = FileManager.default.contents(atPath: path) else {
                problems.append(ConfigurationProblem(place: fileVariable, message: "\(path) cannot be read"))
                return nil
            }
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            if let token = AccessToken(text) { return token }
            problems.append(ConfigurationProblem(place: fileVariable, message: "\(path) \(notAToken)"))
        }
        return nil
    }

    // Not even in part: it may be the secret of something else.
    private static let notAToken = "is not a token; make one with `allclear keys generate`"
}
