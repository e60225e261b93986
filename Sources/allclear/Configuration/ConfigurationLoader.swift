import Foundation
import HTTPServer
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
        let (configuration, problems) = loadWhatIsRight()
        guard problems.isEmpty else { throw InvalidConfiguration(file: path, problems: problems) }
        return configuration
    }

    /// The configuration with what could be read of it, and everything that is wrong with the rest, which is as it is
    /// without a file.
    func loadWhatIsRight() -> (configuration: Configuration, problems: [ConfigurationProblem]) {
        var configuration = Configuration()
        var problems: [ConfigurationProblem] = []
        var fileReader: ConfigurationReader?
        if let path {
            do throws(ConfigurationProblem) {
                let reader = try reader(of: path)
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
        if let clash = clash(in: configuration) { problems.append(clash) }
        return (configuration, problems)
    }

    /// That two listeners of their own are to have the same address.
    private func clash(in configuration: Configuration) -> ConfigurationProblem? {
        guard let address = configuration.monitoring.listen,
            let other = configuration.listen.map(\.address).first(where: { $0.overlaps(address) })
        else { return nil }
        let both = other == address ? "\(address)" : "\(address), as part of \(other) or the other way around,"
        return ConfigurationProblem(
            place: "/monitoring/listen", message: "\(both) is listened on already; leave it out to be asked there")
    }

    private func reader(of path: String) throws(ConfigurationProblem) -> ConfigurationReader {
        let bytes: [UInt8]
        do throws(FileContents.Unreadable) {
            bytes = try FileContents.read(path)
        } catch {
            let message = error.code == ENOENT ? "there is no such file" : "the file cannot be read: \(error)"
            throw ConfigurationProblem(place: "", message: message)
        }
        do throws(JSONValue.Malformed) {
            guard case .object(let members) = try JSONValue(parsing: bytes) else {
                throw JSONValue.Malformed(description: "The configuration must be a JSON object.")
            }
            return ConfigurationReader(members, faults: repetitions(in: bytes))
        } catch {
            guard let fault = JSONScan(bytes).fault else {
                throw ConfigurationProblem(place: "", message: error.description)
            }
            throw ConfigurationProblem(place: "\(TextPosition(of: fault.offset, in: bytes))", message: fault.message)
        }
    }

    /// Of a name that is given twice the parser keeps one value, and nobody could tell which pages are meant.
    private func repetitions(in bytes: [UInt8]) -> [JSONFault] {
        JSONScan(bytes).repetitions.map { repetition in
            let place = TextPosition(of: repetition.offset, in: bytes)
            return JSONFault(.value, repetition.pointer, "is given twice; again at \(place)")
        }
    }
}
