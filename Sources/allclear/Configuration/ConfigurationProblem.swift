/// One thing that is wrong with a configuration.
struct ConfigurationProblem: Error, Equatable, CustomStringConvertible {
    /// A JSON pointer into the file, a line and column where that is not JSON, the name of an environment variable, or
    /// empty for the file as a whole.
    let place: String
    /// A sentence with the value that is wrong, where it is, and what to do.
    let message: String

    var description: String { message }
}

/// Why a configuration cannot be used: all that is wrong with it.
struct InvalidConfiguration: Error, CustomStringConvertible {
    /// The file's path; nil if there is none.
    let file: String?
    let problems: [ConfigurationProblem]

    var description: String {
        let name = file ?? "the environment"
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return (["\(name): \(count)"] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}
