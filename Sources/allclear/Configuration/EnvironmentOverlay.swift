import Logging

/// Settings from the environment, which count more than the file's.
struct EnvironmentOverlay {
    let environment: [String: String]

    func apply(to configuration: inout Configuration, problems: inout [ConfigurationProblem]) {
        func read<Value>(_ name: String, _ parse: (String) -> ConfigurationValues.Parsed<Value>) -> Value? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            switch parse(text) {
            case .value(let value): return value
            case .problem(let message):
                problems.append(ConfigurationProblem(place: name, message: message))
                return nil
            }
        }
        if let address = read("ALLCLEAR_LISTEN", ConfigurationValues.listen) {
            configuration.listen = [ListenDeclaration(address: address)]
        }
        if let url = read("ALLCLEAR_PUBLIC_URL", ConfigurationValues.publicURL) { configuration.publicURL = url }
        if let path = read("ALLCLEAR_DATABASE", ConfigurationValues.database) { configuration.database = path }
        if let level: Logger.Level = read("ALLCLEAR_LOG_LEVEL", choice) { configuration.logLevel = level }
        if let format: Configuration.LogFormat = read("ALLCLEAR_LOG_FORMAT", choice) {
            configuration.logFormat = format
        }
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String
    ) -> ConfigurationValues.Parsed<Choice> where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return .value(choice) }
        return .problem("must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
