public import Notifications
public import StatusPages

/// The functions of the server that screens need but the dashboard does not have.
public struct Operations: Sendable {
    /// Returns a key with its last use, even if that use is not stored yet.
    public let withLastUse: @Sendable (APIKey) -> APIKey
    /// An event of the audit log as JSON, as the API shows it.
    public let auditLine: @Sendable (AuditEvent) throws -> [UInt8]
    /// Calls `answer` once, within seconds.
    public let report: @Sendable (_ answer: @escaping @Sendable (SystemReport) -> Void) -> Void
    /// Sends a test email, and calls `answer` once: with nil if the relay accepted the email, otherwise with the reason
    /// as a sentence.
    public let sendTestMail: @Sendable (EmailAddress, _ answer: @escaping @Sendable (String?) -> Void) -> Void

    /// Whether emails can be sent.
    public let hasMail: @Sendable () -> Bool
    /// Sends a letter soon. Failures are logged.
    public let send: @Sendable (AccountLetter, EmailAddress) -> Void

    public init(
        withLastUse: @escaping @Sendable (APIKey) -> APIKey,
        auditLine: @escaping @Sendable (AuditEvent) throws -> [UInt8],
        report: @escaping @Sendable (_ answer: @escaping @Sendable (SystemReport) -> Void) -> Void,
        sendTestMail: @escaping @Sendable (EmailAddress, _ answer: @escaping @Sendable (String?) -> Void) -> Void,
        hasMail: @escaping @Sendable () -> Bool, send: @escaping @Sendable (AccountLetter, EmailAddress) -> Void
    ) {
        self.withLastUse = withLastUse
        self.auditLine = auditLine
        self.report = report
        self.sendTestMail = sendTestMail
        self.hasMail = hasMail
        self.send = send
    }
}

/// The state of the server.
public struct SystemReport: Equatable, Sendable {
    /// Sentences about what is wrong now.
    public var problems: [String]
    /// The path of the database.
    public var database: String
    public var databaseBytes: Int
    public var walBytes: Int
    /// Writes that wait for their turn.
    public var waitingWrites: Int
    /// The relay as host and port; nil if mail is not configured.
    public var relay: String?
    /// How long writes have waited to be replicated, in seconds. Nil without replication.
    public var replicationLag: Int?
    /// The age of a standby's copy, in seconds. Nil unless the server is a standby.
    public var standbyAge: Int?
    public var backupCommand: String

    public init(
        problems: [String], database: String, databaseBytes: Int, walBytes: Int, waitingWrites: Int, relay: String?,
        replicationLag: Int?, standbyAge: Int?, backupCommand: String
    ) {
        self.problems = problems
        self.database = database
        self.databaseBytes = databaseBytes
        self.walBytes = walBytes
        self.waitingWrites = waitingWrites
        self.relay = relay
        self.replicationLag = replicationLag
        self.standbyAge = standbyAge
        self.backupCommand = backupCommand
    }
}
