public import Accounts
public import ArgumentParser
import Publishing
import StatusPages
import Storage

struct UsersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Invite, list, disable and enable users of the dashboard.",
        discussion: """
            Works while the server runs. Every change takes effect at once. Each link is printed once and works once. \
            Send it only to the person that it is for.
            """,
        subcommands: [
            SetUpLink.self, List.self, Create.self, ResetLink.self, ResetTwoFactor.self, Disable.self, Enable.self,
            SignOut.self,
        ])

    struct SetUpLink: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "setup-link", abstract: "Print a link that creates the first owner.",
            discussion: """
                Works only if the database has no users. The link works for one hour. Earlier links of this command \
                stop working.
                """)

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let token = try context.write { try context.publishing.makeSetUpLink(in: $0) }
                try context.say(.setup, token)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List users and open invitations.",
            discussion: """
                Prints a line for each user: id, time of creation, role, active or disabled, email address, second \
                factor, time of the last log-in, and name. Then prints a line for each open invitation: \
                id, expiry time, role, the word invited, email address, two dashes, and name.
                """)

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withStore(option) { store, _ in
                let (users, links) = try store.read { transaction in
                    (try transaction.users(), try transaction.openAccountLinks(at: Clock.now()))
                }
                for line in users.map(line) + links.compactMap(line) { try Terminal.say(line) }
            }
        }

        private func line(of user: User) -> String {
            [
                "\(user.id)", user.createdAt.rfc3339, user.role.rawValue, user.isDisabled ? "disabled" : "active",
                Terminal.printable(user.email), user.hasTwoFactor ? "two-factor" : "-",
                user.lastLoginAt?.rfc3339 ?? "-", Terminal.printable(user.name),
            ].joined(separator: "  ")
        }

        /// - Returns: nil for a link that is not an invitation.
        private func line(of link: AccountLink) -> String? {
            guard case .invitation(let email, let name, let role) = link.purpose else { return nil }
            return [
                link.name, link.expiresAt.rfc3339, role.rawValue, "invited", Terminal.printable(email), "-", "-",
                name.map(Terminal.printable) ?? "-",
            ].joined(separator: "  ")
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invite a user, and print the link of the invitation.",
            discussion: """
                The link works for 7 days. With it, the guest chooses a password and becomes a user. An earlier \
                invitation to the same address stops working.
                """)

        @Option(help: "The guest's email address.")
        var email: String

        @Option(help: "The guest's name. Without it, the guest enters one.")
        var name: String?

        @Option(help: "The role of the new user.")
        var role: User.Role

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let (_, token) = try context.write { transaction in
                    try context.publishing.invite(email: email, name: name, role: role, in: transaction)
                }
                try context.say(.invitation, token)
            }
        }
    }

    struct ResetLink: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-link", abstract: "Print a link with which a user sets a new password.",
            discussion: """
                The link works for one hour. An earlier one stops working. The second factor stays on.
                """)

        @OptionGroup var user: UserArgument
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let (_, token) = try context.change(user) {
                    try context.publishing.makeResetLink(for: $0.id, in: $1)
                }
                try context.say(.reset, token)
            }
        }
    }

    struct ResetTwoFactor: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-two-factor", abstract: "Turn the second factor of a user off.",
            discussion: "The user can then log in with the password alone. The recovery codes stop working.")

        @OptionGroup var user: UserArgument
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                _ = try context.change(user) { try context.publishing.resetTwoFactor(of: $0.id, in: $1) }
                Terminal.note("Turned the second factor of \(user.email) off.")
            }
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prevent a user from logging in, and end all sessions of the user.",
            discussion: "API keys that the user created keep working; see `allclear keys list`.")

        @OptionGroup var user: UserArgument
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                _ = try context.change(user) { try context.publishing.disable($0.id, in: $1) }
                Terminal.note("Disabled \(user.email).")
            }
        }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a disabled user log in again.")

        @OptionGroup var user: UserArgument
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                _ = try context.change(user) { try context.publishing.enable($0.id, in: $1) }
                Terminal.note("Enabled \(user.email).")
            }
        }
    }

    struct SignOut: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign-out", abstract: "End all sessions of a user. The user can log in again.")

        @OptionGroup var user: UserArgument
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let count = try context.change(user) { try context.publishing.signOutEverywhere($0.id, in: $1) }
                Terminal.note("Ended \(count) session\(count == 1 ? "" : "s") of \(user.email).")
            }
        }
    }
}

/// The user whom a command is about.
struct UserArgument: ParsableArguments {
    @Argument(help: "The user's email address.")
    var email: String
}

extension CommandContext {
    /// Runs a use case about a user in a write transaction.
    /// - Throws: `Problem` if there is no such user.
    fileprivate func change<Result>(
        _ argument: UserArgument, _ body: (User, WriteTransaction) throws -> Result
    ) throws -> Result {
        try write { transaction in
            guard let user = try transaction.reading.user(email: argument.email) else {
                throw Problem("there is no user \(argument.email.quoted); see allclear users list")
            }
            return try body(user, transaction)
        }
    }

    /// Prints a new link.
    fileprivate func say(_ kind: AccountLink.Kind, _ token: SecretToken) throws {
        try Terminal.say(publishing.site.serverURL + AccountLink.path(kind, token))
        let expiry = publishing.now().advanced(byMilliseconds: kind.lifetime)
        Terminal.note("The link works once, until \(expiry.rfc3339).")
    }
}

extension User.Role: ExpressibleByArgument {}
