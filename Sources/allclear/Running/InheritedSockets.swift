import Foundation
import Glibc
import HTTPServer

/// Listening sockets that the service manager opened for this process (sd_listen_fds(3)).
enum InheritedSockets {
    /// The passed sockets cannot be used: the socket unit or the configuration must change.
    struct Unusable: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The environment variables that describe the sockets.
    static let variables = ["LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// Returns the passed sockets in their order. The result is empty if there are none, or if they are for another
    /// process. Makes the sockets non-blocking and close-on-exec, and removes the variables from the environment of
    /// child processes. Call it once, before other threads can read the environment.
    /// - Parameters:
    ///   - first: the first descriptor.
    ///   - forget: removes a variable from the environment.
    static func take(
        environment: [String: String] = ProcessInfo.processInfo.environment, processID: Int32 = getpid(),
        first: Int32 = 3, forget: (String) -> Void = { unsetenv($0) }
    ) throws(Unusable) -> [Int32] {
        for variable in variables where environment[variable] != nil { forget(variable) }
        guard let addressee = environment["LISTEN_PID"], let passed = environment["LISTEN_FDS"] else { return [] }
        guard try number(addressee, in: "LISTEN_PID", most: Int32.max) == processID else { return [] }
        let count = try number(passed, in: "LISTEN_FDS", most: Int32.max - first)
        var sockets: [Int32] = []
        for descriptor in first..<first + count {
            try check(descriptor)
            try prepare(descriptor)
            sockets.append(descriptor)
        }
        return sockets
    }

    /// Checks that there is one socket for each configured address, or none at all. Sockets and addresses are matched
    /// by their order.
    static func check(_ count: Int, match addresses: [SocketAddress]) throws(Unusable) {
        guard count != 0, count != addresses.count else { return }
        let sockets = count == 1 ? "1 socket" : "\(count) sockets"
        let places = addresses.map(\.description).joined(separator: ", ")
        throw Unusable(
            "the service manager passed \(sockets), but listen has \(addresses.count) (\(places)); write one ListenStream= "
                + "for each address in listen, in the same order (systemctl edit --full allclear.socket), or disable the "
                + "socket unit")
    }

    private static func number(_ text: String, in variable: String, most: Int32) throws(Unusable) -> Int32 {
        let isDecimal = text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard isDecimal, let number = Int32(text), number <= most else {
            throw Unusable(
                "\(variable) must be a number from 0 to \(most); got \(text.quoted). Service managers set it to pass "
                    + "sockets: without a service manager, unset LISTEN_PID and LISTEN_FDS")
        }
        return number
    }

    /// Checks that it is a listening stream socket of a supported family.
    private static func check(_ descriptor: Int32) throws(Unusable) {
        guard fcntl(descriptor, F_GETFD) >= 0 else {
            throw Unusable("descriptor \(descriptor) from LISTEN_FDS is not open")
        }
        guard let type = option(SO_TYPE, of: descriptor) else {
            throw Unusable("descriptor \(descriptor) from LISTEN_FDS is not a socket")
        }
        guard type == Int32(SOCK_STREAM.rawValue) else {
            throw Unusable("descriptor \(descriptor) from LISTEN_FDS is not a stream socket; use ListenStream=")
        }
        guard option(SO_ACCEPTCONN, of: descriptor) == 1 else {
            throw Unusable("descriptor \(descriptor) from LISTEN_FDS does not listen; use Accept=no")
        }
        guard let family = option(SO_DOMAIN, of: descriptor), [AF_INET, AF_INET6, AF_UNIX].contains(family) else {
            throw Unusable("descriptor \(descriptor) from LISTEN_FDS is neither a TCP nor a Unix socket")
        }
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    private static func prepare(_ descriptor: Int32) throws(Unusable) {
        let ownFlags = fcntl(descriptor, F_GETFD)
        let statusFlags = fcntl(descriptor, F_GETFL)
        guard ownFlags >= 0, statusFlags >= 0, fcntl(descriptor, F_SETFD, ownFlags | FD_CLOEXEC) == 0,
            fcntl(descriptor, F_SETFL, statusFlags | O_NONBLOCK) == 0
        else { throw Unusable("cannot set the flags of descriptor \(descriptor): \(String(cString: strerror(errno)))") }
    }
}

extension InheritedSockets.Unusable {
    fileprivate init(_ description: String) { self.init(description: description) }
}
