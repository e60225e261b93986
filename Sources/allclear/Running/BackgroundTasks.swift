import Accounts
import Dispatch
import Logging
import ManagementAPI
import PublicPages
import Publishing
import StatusPages
import Storage

/// The work that the server does at intervals, besides requests.
struct BackgroundTasks {
    private let maintenanceClock: MaintenanceClock
    private let useRecorder: UseRecorder
    let accountData: OutdatedAccountData
    /// The tasks that write, or show the writes of other processes. A standby does not run them.
    private let writing: [Ticker]
    private let showing: Ticker
    /// Finds the commits of commands at once. The ticker finds those of other servers.
    private let otherWriters: ClosingWatch
    /// Writes a heartbeat. Nil if writes are not replicated.
    private let beat: (@Sendable () -> Void)?

    /// - Parameter identity: this server's name in heartbeats; nil if its writes are not replicated.
    init(
        store: Store, writer: Writer, publishing: Publishing, documents: DocumentCache, uses: KeyUses,
        sessionUses: SessionUses, sessionRules: @escaping @Sendable () -> SessionRules, identity: String?,
        auditRetention: AuditRetention, problems: ProblemLog,
        logger: Logger
    ) {
        let maintenanceClock = MaintenanceClock(
            store: store, writer: writer, publishing: publishing, problems: problems, logger: logger)
        let useRecorder = UseRecorder(keys: uses, sessions: sessionUses, writer: writer, logger: logger)
        let retention = SubscriberRetention(store: store, writer: writer, publishing: publishing, problems: problems)
        let expiredTokens = ExpiredTokens(store: store, writer: writer, logger: logger)
        let accountData = OutdatedAccountData(
            store: store, writer: writer, rules: sessionRules, problems: problems)
        // A write each second, so that copies show their age. The store reports its failures.
        let beat = identity.map { identity in
            { @Sendable in
                let heartbeat = Heartbeat(server: identity, at: Clock.now())
                writer.write({ try $0.record(heartbeat) }, completion: { _ in })
            }
        }
        let followOthers = { @Sendable in
            writer.followOthers { problems.report("cannot read changes by another process", $0) }
        }
        let otherWriters = ClosingWatch("closing", path: store.place + "-wal", followOthers)
        // Events must be visible within a second of their time.
        var writing = [
            Ticker("maintenances", every: .milliseconds(250)) { maintenanceClock.look() },
            Ticker("other-writers", every: .milliseconds(250)) {
                otherWriters.renew()
                followOthers()
            },
            Ticker("uses", every: .seconds(60)) { useRecorder.record() },
            Ticker("expired-tokens", every: .seconds(60)) { expiredTokens.forget() },
            Ticker("retention", every: .seconds(60)) {
                retention.enforce()
                auditRetention.enforce()
                accountData.delete(at: publishing.now())
            },
        ]
        if let beat { writing.append(Ticker("heartbeat", every: .seconds(1), beat)) }
        self.writing = writing
        self.otherWriters = otherWriters
        self.beat = beat
        showing = Ticker("documents", every: .milliseconds(250)) { documents.keepCurrent(at: Clock.now()) }
        self.maintenanceClock = maintenanceClock
        self.useRecorder = useRecorder
        self.accountData = accountData
    }

    /// Starts and ends the maintenances that were due while no server ran.
    func catchUp() { maintenanceClock.catchUp() }

    func startShowing() { showing.start() }

    func startWriting() {
        beat?()
        for ticker in writing { ticker.start() }
        otherWriters.start()
    }

    /// Waits for the tasks to end, and gives the last uses of keys and sessions to the writer, unless it cannot write.
    func stop(isStandby: Bool) {
        for ticker in writing + [showing] { ticker.stop() }
        otherWriters.stop()
        if !isStandby { useRecorder.record() }
    }
}
