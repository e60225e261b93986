import Logging

/// Settings from environment variables, which override those of the file.
struct EnvironmentOverlay {
    let environment: [String: String]

    /// - Parameters:
    ///   - fileHas: whether the file has a key.
    ///   - problems: gets the problems of the variables appended.
    func apply(
        to configuration: inout Configuration, fileHas: (String) -> Bool, problems: inout [ConfigurationProblem]
    ) {
        func read<Value>(_ name: String, _ parse: (String) -> ConfigurationValues.Parsed<Value>) -> Value? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            switch parse(text) {
            case .value(let value): return value
            case .problem(let message):
                let found = "\(name) \(message); got \(text.quoted)"
                problems.append(ConfigurationProblem(place: name, message: found))
                return nil
            }
        }
        func noteOverride(by variable: String, of key: String) {
            if fileHas(key) { configuration.overrides.append(Configuration.Override(variable: variable, key: key)) }
        }
        if let address = read("ALLCLEAR_LISTEN", ConfigurationValues.listen) {
            configuration.listen = [ListenDeclaration(address: address)]
            noteOverride(by: "ALLCLEAR_LISTEN", of: "listen")
        }
        if let url = read("ALLCLEAR_PUBLIC_URL", ConfigurationValues.publicURL) {
            configuration.publicURL = url
            noteOverride(by: "ALLCLEAR_PUBLIC_URL", of: "public_url")
        }
        if let path = read("ALLCLEAR_DATABASE", ConfigurationValues.database) {
            configuration.database = path
            configuration.databaseVariable = "ALLCLEAR_DATABASE"
            noteOverride(by: "ALLCLEAR_DATABASE", of: "database")
        }
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
