/// One problem of a configuration.
struct ConfigurationProblem: Error, Equatable, CustomStringConvertible {
    /// A JSON pointer into the file, or the name of an environment variable. If the file is not JSON, a line and
    /// column. Empty for the whole file.
    let place: String
    /// A sentence with the invalid value, its place, and what to do.
    let message: String

    var description: String { message }
}

/// All problems of a configuration that cannot be used.
struct InvalidConfiguration: Error, CustomStringConvertible {
    /// The file's path; nil if there is no file.
    let file: String?
    let problems: [ConfigurationProblem]

    var description: String {
        let name = file ?? "the environment"
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return (["\(name): \(count)"] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}
