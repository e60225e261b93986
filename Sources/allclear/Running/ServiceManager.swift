import Foundation
import Glibc
import Logging

/// Tells the service manager how the server is doing (sd_notify(3)). If none wants to know, nothing is sent.
struct ServiceManager: Sendable {
    /// What it can be told.
    enum Notice: Equatable {
        /// Requests are answered; also after `reloading`, as the end of it.
        case ready(status: String)
        /// The configuration is being read again.
        case reloading
        case stopping
    }

    /// Why it could not be told.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where it listens: a path, or `@` and a name in the abstract namespace; nil if no one wants to know.
    private let address: String?

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Tells it. A failure is only logged: it is no reason for the server to fail.
    func tell(_ notice: Notice, logger: Logger) {
        do throws(Failure) {
            try send(notice)
        } catch {
            logger.warning("cannot tell the service manager", metadata: ["error": "\(error)"])
        }
    }

    /// Tells it, in one datagram.
    func send(_ notice: Notice) throws(Failure) {
        guard let address else { return }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure("cannot make a socket") }
        defer { close(socket) }
        // A manager that has its hands full is waited for, since it would take a lost READY=1 for a failed start, but not
        // forever.
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let text = Array(notice.text.utf8)
        let sent = try Self.withSocketAddress(of: address) { pointer, length in
            var sent = -1
            repeat { sent = sendto(socket, text, text.count, 0, pointer, length) } while sent < 0 && errno == EINTR
            return sent
        }
        guard sent == text.count else { throw Failure("cannot send to \(address)") }
    }

    private static func withSocketAddress(
        of text: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int
    ) throws(Failure) -> Int {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(text.utf8)
        // The name of an abstract address begins with a zero and ends where its length says; a path ends with a zero.
        switch name.first {
        case UInt8(ascii: "/"): name.append(0)
        case UInt8(ascii: "@"): name[0] = 0
        default: throw Failure(description: "NOTIFY_SOCKET is neither a path nor an abstract address: \(text)")
        }
        guard name.count <= MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(description: "NOTIFY_SOCKET is too long for an address: \(text)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path) + name.count
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}

extension ServiceManager.Failure {
    /// What the system says about a call that just failed.
    fileprivate init(_ action: String) {
        let code = errno
        self.init(description: "\(action): \(String(cString: strerror(code)))")
    }
}

extension ServiceManager.Notice {
    /// Assignments, one on each line.
    fileprivate var text: String {
        switch self {
        case .ready(let status):
            // A line break would begin another assignment.
            "READY=1\nSTATUS=\(status.split(whereSeparator: \.isNewline).joined(separator: " "))"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds())"
        case .stopping: "STOPPING=1"
        }
    }

    /// When the reload began, which tells its READY=1 from an earlier one.
    private static func monotonicMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(clamping: time.tv_sec) * 1_000_000 + UInt64(clamping: time.tv_nsec / 1_000)
    }
}
