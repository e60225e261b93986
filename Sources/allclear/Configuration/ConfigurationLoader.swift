import Foundation
import HTTPServer
import JSONInput

/// Finds, reads and checks the configuration.
struct ConfigurationLoader {
    /// The file named on the command line, if any.
    var file: String?
    var environment = ProcessInfo.processInfo.environment

    /// The file to read: the one named, else `ALLCLEAR_CONFIG`, else `./config.json` if it exists.
    var path: String? {
        if let file { return file }
        if let named = environment["ALLCLEAR_CONFIG"], !named.isEmpty { return named }
        return FileManager.default.fileExists(atPath: "config.json") ? "config.json" : nil
    }

    func load() throws(InvalidConfiguration) -> Configuration {
        let (configuration, problems) = loadWhatIsRight()
        guard problems.isEmpty else { throw InvalidConfiguration(file: path, problems: problems) }
        return configuration
    }

    /// The configuration and its listeners, for a server that starts or reloads. It reports every invalid value, and
    /// every problem with the files that the values name, at once.
    func loadToServe() throws(InvalidConfiguration) -> (configuration: Configuration, listeners: [Listener]) {
        var (configuration, problems) = loadWhatIsRight()
        if !problems.contains(where: { $0.place == "/database" }), let problem = configuration.databaseProblem {
            problems.append(problem)
        }
        let (listeners, tlsProblems) = configuration.readListeners()
        problems += tlsProblems
        problems += configuration.readPictures()
        problems += configuration.mailFileProblems()
        if let problem = configuration.mirrorProblem { problems.append(problem) }
        // Only a new database certainly needs the token.
        if !FileManager.default.fileExists(atPath: configuration.database) {
            do throws(InvalidConfiguration) {
                _ = try BootstrapToken(environment: environment).read()
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw InvalidConfiguration(file: path, problems: problems) }
        return (configuration, listeners)
    }

    /// The configuration and all problems. Settings that could not be read have their defaults.
    func loadWhatIsRight() -> (configuration: Configuration, problems: [ConfigurationProblem]) {
        var configuration = Configuration()
        var problems: [ConfigurationProblem] = []
        var fileReader: ConfigurationReader?
        if let path {
            do throws(ConfigurationProblem) {
                let reader = ConfigurationReader(try text(of: path))
                configuration = reader.read()
                problems = reader.problems
                fileReader = reader
            } catch {
                problems = [error]
            }
            configuration.file = path
        }
        EnvironmentOverlay(environment: environment).apply(
            to: &configuration, fileHas: { fileReader?.has($0) ?? false }, problems: &problems)
        if let problem = configuration.completeMail(environment) { problems.append(problem) }
        if let clash = clash(in: configuration) { problems.append(clash) }
        return (configuration, problems)
    }

    /// The problem of a main listener on the same address as the monitoring server, if there is one.
    private func clash(in configuration: Configuration) -> ConfigurationProblem? {
        guard let text = configuration.text, let address = configuration.monitoring.listen,
            let other = configuration.listen.map(\.address).first(where: { $0.overlaps(address) })
        else { return nil }
        let rule = "must not overlap the address \(other.description.quoted) in listen; change it or leave it out"
        return text.problem(JSONFault(.value, .root.appending("monitoring").appending("listen"), rule))
    }

    private func text(of path: String) throws(ConfigurationProblem) -> ConfigurationText {
        let bytes: [UInt8]
        do throws(FileContents.Unreadable) {
            bytes = try FileContents.read(path)
        } catch {
            let message = error.code == ENOENT ? "the file does not exist" : "the file cannot be read: \(error)"
            throw ConfigurationProblem(place: "", message: message)
        }
        return try ConfigurationText(file: path, bytes)
    }
}
