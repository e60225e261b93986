public import ArgumentParser
import ManagementAPI
public import StatusPages
import Storage

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create, list and revoke API keys.",
        discussion: "Works while the server runs, which honours every change at once.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an API key and print its token, which is shown this once.")

        @Option(help: "What the key is for.")
        var name: String

        @Option(
            name: .customLong("role"),
            help: ArgumentHelp("What the key may do; may be given several times.", valueName: "role"))
        var roles: [APIKey.Role]

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            if roles.isEmpty { throw ValidationError("Give the key at least one --role.") }
            if let problem = TextRule.name.problem(name) { throw ValidationError(problem) }
        }

        func run() throws {
            try withStore(option) { store in
                let (key, token) = try APIKeyMaker(newID: IDSource().next).make(name: name, roles: roles, in: store)
                Terminal.note("Created key \(key.id).")
                Terminal.say(token.text)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the API keys that work.")

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withStore(option) { store in
                for key in try store.read({ try $0.apiKeys() }) {
                    let roles = key.roles.map(\.rawValue).joined(separator: ",")
                    Terminal.say("\(key.id)  \(key.createdAt.rfc3339)  \(roles)  \(key.name)")
                }
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an API key worthless from now on.")

        @Argument(help: "The key's id, as `keys list` shows it.")
        var id: String

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withStore(option) { store in
                let isRevoked = try ID<APIKey>(id).map { id in
                    try store.write { try $0.revokeAPIKey(id, at: Clock.now()) }
                }
                guard isRevoked == true else {
                    Terminal.note("allclear: there is no API key \(id)")
                    throw ExitCode.failure
                }
                Terminal.note("Revoked key \(id).")
            }
        }
    }
}

/// Runs a command on the configured database. What goes wrong with it ends the command with exit code 1.
private func withStore(_ option: ConfigurationOption, _ body: (Store) throws -> Void) throws {
    let configuration = try option.load()
    do {
        let store = try Store(path: configuration.database)
        try body(store)
        try store.close()
    } catch let error as ExitCode {
        throw error
    } catch {
        Terminal.complain(error)
        throw ExitCode.failure
    }
}

extension APIKey.Role: ExpressibleByArgument {}
