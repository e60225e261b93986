import HTTPServer
import Logging
import PublicPages

extension Configuration {
    /// Keeps the connections from using up the files that the database needs.
    mutating func leaveFiles(logger: Logger) {
        let most = max(1, Signals.raiseFileLimit() - otherFiles)
        guard http.maxConnections > most else { return }
        http.maxConnections = most
        live.makeRoom(among: most)
        logger.warning(
            "fewer connections than configured: the system allows this process no more open files",
            metadata: ["max_connections": .stringConvertible(most)])
    }

    /// What is open beside the connections: the database by several connections, what is passed on and what is read; the
    /// event loops; and the monitoring server.
    private var otherFiles: Int {
        let own = 64 + http.ownFiles(listeners: listen.count)
        guard monitoring.listen != nil else { return own }
        let ofMonitoring = MonitoringSettings.server
        return own + ofMonitoring.maxConnections + ofMonitoring.ownFiles(listeners: 1)
    }
}
