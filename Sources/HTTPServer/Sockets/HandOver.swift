import CLinux

/// Moves new connections from one server to its successor on the same port.
///
/// Sockets that share a port (`SO_REUSEPORT`) are a list in the order in which they began to listen, and a filter may say
/// which of them gets a connection: `SO_ATTACH_REUSEPORT_CBPF` in socket(7). Without it, connections that the kernel
/// gives to a socket between its last accept and its close would be reset.
enum HandOver {
    /// New connections go to as many sockets as this server has, behind its own: its successor's, which has as many at least.
    /// Where there is none they are spread over all, as before.
    static func steerAway(_ listeners: [ListeningSocket]) {
        steer(listeners) { $0 }
    }

    /// New connections go to one socket of the successor, while this server's loops close theirs one after the other. The
    /// place of one that closes is taken by the last of the list, so that only the first behind our own stays where it is
    /// until none of ours is left.
    static func steerToOne(_ listeners: [ListeningSocket]) {
        steer(listeners) { _ in 1 }
    }

    /// - Parameter count: over how many sockets behind so many of ours.
    private static func steer(_ listeners: [ListeningSocket], over count: (UInt32) -> UInt32) {
        for listener in listeners where listener.siblings > 0 {
            let own = UInt32(listener.siblings)
            allclear_steer_connections(listener.descriptor, own, count(own))
        }
    }

    /// Connections are spread over all sockets again, once the predecessor that steered them has gone.
    static func sharePort(_ listeners: [ListeningSocket]) {
        for listener in listeners where listener.siblings > 0 { allclear_spread_connections(listener.descriptor) }
    }
}
