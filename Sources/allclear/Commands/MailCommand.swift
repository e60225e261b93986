import ArgumentParser
import Notifications
import StatusPages

struct MailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Test the mail settings.", subcommands: [Test.self])

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Send a test email now, and print the dialogue with the relay.",
            discussion: """
                Uses the configured relay. Lines with > come from this program, and lines with < come \
                from the relay. Passwords are replaced by ***.

                Exit codes: 0 if the relay accepted the email, 1 if not.
                """)

        @Argument(help: "The address that the email is sent to.")
        var address: String

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            if EmailAddress(address) == nil {
                throw ValidationError("\(address.quoted) is not an address such as \"name@example.com\".")
            }
        }

        func run() throws {
            let configuration = try option.loadToServe()
            guard let recipient = EmailAddress(address) else { throw ExitCode.validationFailure }
            guard let settings = configuration.mail else {
                Terminal.note("allclear: mail is not configured; set at least mail.host and mail.from")
                throw ExitCode.configuration
            }
            let mail = MailComposer(settings).relayTest(to: recipient, id: IDSource().next(), at: Clock.now())
            let sender = CurlMailSender(settings) { try? Terminal.say($0) }
            let outcome = sender.send(mail)
            sender.close()
            guard let problem = outcome.problem else {
                return try Terminal.say("The relay accepted the email \(mail.messageID).")
            }
            Terminal.note("allclear: \(problem)")
            throw ExitCode.failure
        }
    }
}
