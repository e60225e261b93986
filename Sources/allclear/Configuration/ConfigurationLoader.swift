import Foundation
import JSONInput

/// Finds, reads and checks the configuration.
struct ConfigurationLoader {
    /// The file that was named on the command line, if one was.
    var file: String?
    var environment = ProcessInfo.processInfo.environment

    /// The file to read: the one named, else `ALLCLEAR_CONFIG`, else `./config.json` if there is one.
    var path: String? {
        if let file { return file }
        if let named = environment["ALLCLEAR_CONFIG"], !named.isEmpty { return named }
        return FileManager.default.fileExists(atPath: "config.json") ? "config.json" : nil
    }

    func load() throws(InvalidConfiguration) -> Configuration {
        let path = path
        var configuration = Configuration()
        var problems: [ConfigurationProblem] = []
        if let path {
            let members = try members(of: path)
            let reader = ConfigurationReader(members)
            configuration = reader.read()
            configuration.file = path
            problems = reader.problems
        }
        EnvironmentOverlay(environment: environment).apply(to: &configuration, problems: &problems)
        guard problems.isEmpty else { throw InvalidConfiguration(file: path, problems: problems) }
        return configuration
    }

    private func members(of path: String) throws(InvalidConfiguration) -> [String: JSONValue] {
        func fail(_ message: String) -> InvalidConfiguration {
            InvalidConfiguration(file: path, problems: [ConfigurationProblem(place: "", message: message)])
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            let exists = FileManager.default.fileExists(atPath: path)
            throw fail(exists ? "the file cannot be read" : "there is no such file")
        }
        do throws(JSONValue.Malformed) {
            guard case .object(let members) = try JSONValue(parsing: Array(data)) else {
                throw JSONValue.Malformed(description: "The configuration must be a JSON object.")
            }
            return members
        } catch {
            throw fail(error.description)
        }
    }
}
