import HTTPServer
import Logging
import PublicPages

extension Configuration {
    /// Lowers the limit of connections if necessary, so that the database can still open its files.
    mutating func leaveFiles(logger: Logger) {
        let most = max(1, Signals.raiseFileLimit() - otherFiles)
        guard http.maxConnections > most else { return }
        http.maxConnections = most
        live.makeRoom(among: most)
        logger.warning(
            "the open file limit is too low for http.max_connections; accepting fewer connections until it is raised",
            metadata: ["max_connections": .stringConvertible(most)])
    }

    /// The number of files besides connections. These are files of the database, passed sockets, files that are being
    /// read, and files of the event loops and the monitoring server.
    private var otherFiles: Int {
        let own = 64 + http.ownFiles(listeners: listen.count)
        guard monitoring.listen != nil else { return own }
        let ofMonitoring = MonitoringSettings.server
        return own + ofMonitoring.maxConnections + ofMonitoring.ownFiles(listeners: 1)
    }
}
