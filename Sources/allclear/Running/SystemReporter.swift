import Dashboard
import HTTPServer
import Locking
import Logging
import ManagementAPI
import Notifications
import StatusPages
import Storage

/// The server's state for the owners of the dashboard, and test emails for them.
final class SystemReporter: Sendable {
    private static let mostWaitingMails = 3
    /// How many emails to users may wait.
    private static let mostWaitingLetters = 100

    private let monitor: Monitor
    private let readOnlyStart: ReadOnlyStart
    private let configuration: Locked<Configuration>
    private let newID: @Sendable () -> ULID
    /// A relay that does not answer takes a thread until the timeout.
    private let mails = BoundedQueue(label: "allclear.test-mails", width: 1, capacity: mostWaitingMails)
    private let letters = BoundedQueue(label: "allclear.account-mails", width: 1, capacity: mostWaitingLetters)
    private let logger: Logger

    init(
        _ configuration: Configuration, monitor: Monitor, readOnlyStart: ReadOnlyStart,
        logger: Logger, newID: @escaping @Sendable () -> ULID
    ) {
        self.logger = logger
        self.configuration = Locked(configuration)
        self.monitor = monitor
        self.readOnlyStart = readOnlyStart
        self.newID = newID
    }

    /// Replaces the configuration.
    func use(_ configuration: Configuration) { self.configuration.withLock { $0 = configuration } }

    /// - Parameter uses: knows the uses of keys that are not stored yet.
    func operations(_ uses: KeyUses) -> Operations {
        Operations(
            withLastUse: uses.completed, auditLine: ManagementAPI.body(of:),
            report: { [self] in report($0) }, sendTestMail: { [self] in sendTestMail(to: $0, answer: $1) },
            hasMail: { [self] in configuration.withLock { $0.mail != nil } },
            send: { [self] in send($0, to: $1) })
    }

    // MARK: The report

    private func report(_ answer: @escaping @Sendable (SystemReport) -> Void) {
        monitor.askReadiness { [self] obstacle in answer(report(obstacle: obstacle)) }
    }

    /// - Parameter obstacle: why the server is not ready.
    private func report(obstacle: String?) -> SystemReport {
        let configuration = configuration.withLock { $0 }
        let sources = monitor.present
        let store = sources?.store
        let database = store?.place ?? configuration.database
        return SystemReport(
            problems: problems(obstacle, isStandby: store?.isStandby == true), database: database,
            databaseBytes: Monitor.size(database),
            walBytes: Monitor.size(database + "-wal"), waitingWrites: sources?.writer.waitingCount ?? 0,
            relay: configuration.mail.map { "\($0.host):\($0.port)" },
            replicationLag: store?.replicationLag.map { Int($0 / .seconds(1)) },
            standbyAge: store?.isStandby == true ? sources.map { Int($0.standbyAge()) } : nil,
            backupCommand: CommandHint.backingUp(configuration))
    }

    private func problems(_ obstacle: String?, isStandby: Bool) -> [String] {
        [
            obstacle.map { "The server is not ready: \($0)." },
            isStandby ? nil : readOnlyStart.reason.map { "The server has been read-only since its start: \($0)." },
            monitor.configuration.obstacle.map { "The configuration was not applied: \($0)." },
        ].compactMap(\.self)
    }

    // MARK: Mail

    private func sendTestMail(to recipient: EmailAddress, answer: @escaping @Sendable (String?) -> Void) {
        let isQueued = mails.submit { [self] in answer(sendTestMail(to: recipient)) }
        if !isQueued { answer("Other test emails are still waiting for the relay. Try again in a minute.") }
    }

    /// Sends an email to a user or a guest. The log names no address.
    private func send(_ letter: AccountLetter, to recipient: EmailAddress) {
        let isQueued = letters.submit { [self] in
            guard let settings = configuration.withLock({ $0.mail }) else { return }
            let sender = CurlMailSender(settings)
            defer { sender.close() }
            let mail = MailComposer(settings).account(letter, to: recipient, id: newID(), at: Clock.now())
            if let problem = sender.send(mail).problem {
                logger.warning("an email to a user was not sent", metadata: ["problem": "\(problem)"])
            }
        }
        if !isQueued {
            logger.warning("an email to a user was not sent", metadata: ["problem": "too many are waiting"])
        }
    }

    private func sendTestMail(to recipient: EmailAddress) -> String? {
        guard let settings = configuration.withLock({ $0.mail }) else {
            return "Mail is not configured. Set at least mail.host and mail.from."
        }
        let sender = CurlMailSender(settings)
        defer { sender.close() }
        let mail = MailComposer(settings).relayTest(to: recipient, id: newID(), at: Clock.now())
        return sender.send(mail).problem.map { "\($0.prefix(1).uppercased())\($0.dropFirst())." }
    }
}
