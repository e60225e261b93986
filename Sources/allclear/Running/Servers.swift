import HTTPServer

/// The main server, and the server for the monitoring paths if they have a separate listener.
struct Servers {
    let main: HTTPServer
    let monitoring: HTTPServer?

    /// - Parameter sockets: the sockets to listen on. Nil: the servers bind the configured addresses.
    /// - Returns: the addresses that the main server listens on.
    func start(on sockets: ServerSockets?) throws -> [SocketAddress] {
        // Start monitoring first, because clients connect once the main server starts.
        try monitoring?.start(on: sockets?.monitoring.map { [$0] })
        do {
            return try main.start(on: sockets?.main)
        } catch {
            monitoring?.stop()
            throw error
        }
    }

    var sockets: [ListeningSocket] { main.sockets + (monitoring?.sockets ?? []) }

    var monitoringAddress: SocketAddress? { monitoring?.addresses.first }

    /// - Parameters:
    ///   - handingOver: whether another process accepts, or will accept, connections from the same sockets.
    ///   - isSucceeded: whether that process is a server that also answers probes.
    func stop(handingOver: Bool, isSucceeded: Bool) {
        // From now on, probes must reach the successor. Without one, they get "stopping" until the end.
        if isSucceeded { monitoring?.stop(handingOver: true) }
        main.stop(handingOver: handingOver)
    }

    /// Lets requests in progress finish.
    func wait() {
        main.wait()
        // The monitoring server stops last, so that probes get "stopping" until the end.
        monitoring?.stop()
        monitoring?.wait()
    }
}
