import ArgumentParser

/// Completion scripts that also complete the words after `allclear help`. The scripts of ArgumentParser do not.
enum HelpCompletion {
    /// The script for a shell, if the arguments ask for one.
    static func script(for arguments: some Sequence<String>) -> String? {
        let arguments = Array(arguments)
        guard arguments.count == 2, arguments[0] == "--generate-completion-script",
            let shell = CompletionShell(rawValue: arguments[1])
        else { return nil }
        let script = Allclear.completionScript(for: shell)
        switch shell {
        case .bash: return script + "\n" + bash
        case .zsh:
            // The file ends with a call, so our function must come before that call.
            guard let call = script.firstRange(of: #"if [[ "${funcstack"#) else { return script }
            return script[..<call.lowerBound] + zsh + "\n" + script[call.lowerBound...]
        case .fish: return script + "\n" + fish
        default: return script
        }
    }

    private typealias Command = (name: String, abstract: String, subcommands: [String])

    private static var commands: [Command] {
        Allclear.configuration.subcommands.map { command in
            (
                command._commandName, command.configuration.abstract,
                command.configuration.subcommands.map { $0._commandName }
            )
        }
    }

    private static var names: String { commands.map(\.name).joined(separator: " ") }

    private static func nested(_ line: (Command) -> String) -> String {
        commands.filter { !$0.subcommands.isEmpty }.map(line).joined()
    }

    private static var bash: String {
        """
        _allclear_help() {
            case "${#unparsed_words[@]} ${unparsed_words[0]}" in
            [01]\\ *) COMPREPLY+=($(compgen -W '\(names)' -- "${cur}")) ;;
        \(nested { "    2\\ \($0.name)) COMPREPLY+=($(compgen -W '\($0.subcommands.joined(separator: " "))' -- \"${cur}\")) ;;\n" })\
            esac
        }

        """
    }

    private static var zsh: String {
        """
        _allclear_help() {
            case "${CURRENT} ${words[2]}" in
            2\\ *) compadd -- \(names) ;;
        \(nested { "    3\\ \($0.name)) compadd -- \($0.subcommands.joined(separator: " ")) ;;\n" })\
            esac
        }

        """
    }

    private static var fish: String {
        func line(_ condition: String, _ name: String, _ abstract: String) -> String {
            let description = abstract.split(separator: "'").joined(separator: "\\'")
            return "complete -c 'allclear' -n '\(condition)' -fa '\(name)' -d '\(description)'\n"
        }
        let isAt = "__allclear_should_offer_completions_for_positional \"allclear"
        let help = line("\(isAt)\" -eq 1", "help", "Show subcommand help information.")
        return help + commands.map { line("\(isAt) help\" -eq 1", $0.name, $0.abstract) }.joined()
            + nested { command in
                command.subcommands.map {
                    line("\(isAt) help\" -eq 2; and __fish_seen_subcommand_from \(command.name)", $0, "")
                }.joined()
            }
    }
}
