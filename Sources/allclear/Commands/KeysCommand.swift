public import ArgumentParser
import ManagementAPI
import Publishing
public import StatusPages
import Storage

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create, list and revoke API keys.",
        discussion: "Works while the server runs. Every change takes effect at once.",
        subcommands: [Create.self, List.self, Revoke.self, Generate.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create an API key and print its token. The token is shown only once.",
            discussion: "Creates the key in the configured database. Set ALLCLEAR_DATABASE=FILE to use another one.")

        @Option(help: "A name that says what the key is for.")
        var name: String

        @Option(
            name: .customLong("role"),
            help: ArgumentHelp("A role of the key. Repeat the option for more roles.", valueName: "role"))
        var roles: [APIKey.Role]

        @Flag(help: "Create the database if it does not exist.")
        var create = false

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            if roles.isEmpty { throw ValidationError("Give the key at least one --role.") }
            if let problem = TextRule.name.problem(name) { throw ValidationError(problem) }
        }

        func run() throws {
            try withPublishing(option, creates: create) { context in
                let maker = APIKeyMaker(publishing: context.publishing)
                let (key, token) = try maker.make(name: name, roles: roles, in: context.store)
                do {
                    try Terminal.say(token.text)
                } catch {
                    try maker.revoke(key, in: context.store)
                    throw error
                }
                let place = context.store.path + (context.isNew ? ", a new database" : "")
                Terminal.note("Created key \(key.id) in \(place).")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the valid API keys.")

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withStore(option) { store, _ in
                for key in try store.read({ try $0.apiKeys() }) {
                    let roles = key.roles.map(\.rawValue).joined(separator: ",")
                    try Terminal.say("\(key.id)  \(key.createdAt.rfc3339)  \(roles)  \(Terminal.printable(key.name))")
                }
            }
        }
    }

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate", abstract: "Print a new token for ALLCLEAR_BOOTSTRAP_TOKEN.",
            discussion: "If the database never had a key, the server creates the first one with this token.")

        func run() throws { try Terminal.say(try AccessToken.generate().text) }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Revoke an API key. It stops working at once.")

        @Argument(help: "The id of the key, as shown by `keys list`.")
        var id: String

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                try context.finding(id) {
                    guard let id = ID<APIKey>(id) else { throw NotFound("API key") }
                    try context.write { try context.publishing.revoke(id, in: $0) }
                }
                Terminal.note("Revoked key \(id).")
            }
        }
    }
}

extension APIKey.Role: ExpressibleByArgument {}
