import HTTPServer
import Logging
import PublicPages

extension Configuration {
    /// Keeps the connections from using up the files that the database needs.
    mutating func leaveFiles(logger: Logger) {
        let forOthers = 64 + (monitoring.listen == nil ? 0 : MonitoringSettings.maxConnections)
        let most = max(1, Signals.raiseFileLimit() - forOthers)
        guard http.maxConnections > most else { return }
        http.maxConnections = most
        live.makeRoom(among: most)
        logger.warning(
            "fewer connections than configured: the system allows this process no more open files",
            metadata: ["max_connections": .stringConvertible(most)])
    }
}
