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
    private let useRecorder: KeyUseRecorder
    private let tickers: [Ticker]

    init(
        store: Store, writer: Writer, publishing: Publishing, documents: DocumentCache, uses: KeyUses, logger: Logger
    ) {
        let problems = ProblemLog(logger: logger)
        let maintenanceClock = MaintenanceClock(
            store: store, writer: writer, publishing: publishing, problems: problems, logger: logger)
        let useRecorder = KeyUseRecorder(uses: uses, writer: writer, logger: logger)
        let retention = SubscriberRetention(store: store, writer: writer, publishing: publishing, problems: problems)
        let expiredTokens = ExpiredTokens(store: store, writer: writer, logger: logger)
        // Events must be visible within a second of their time.
        tickers = [
            Ticker("maintenances", every: .milliseconds(250)) { maintenanceClock.look() },
            Ticker("other-writers", every: .milliseconds(250)) {
                writer.followOthers { problems.report("cannot read changes by another process", $0) }
            },
            Ticker("documents", every: .milliseconds(250)) { documents.keepCurrent(at: Clock.now()) },
            Ticker("key-uses", every: .seconds(60)) { useRecorder.record() },
            Ticker("expired-tokens", every: .seconds(60)) { expiredTokens.forget() },
            Ticker("retention", every: .seconds(60)) { retention.enforce() },
        ]
        self.maintenanceClock = maintenanceClock
        self.useRecorder = useRecorder
    }

    /// Starts and ends the maintenances that were due while no server ran.
    func catchUp() { maintenanceClock.catchUp() }

    func start() { for ticker in tickers { ticker.start() } }

    /// Waits for the tasks to end, and gives the last uses of keys to the writer.
    func stop() {
        for ticker in tickers { ticker.stop() }
        useRecorder.record()
    }
}
