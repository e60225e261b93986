import Foundation
import Glibc
import Logging

/// Reports the server's state to the service manager (sd_notify(3)). Sends nothing if there is no service manager.
struct ServiceManager: Sendable {
    /// The states that the server reports.
    enum Notice: Equatable {
        /// The server answers requests. After `reloading`, it marks the end of the reload.
        case ready(status: String)
        /// The configuration is being reloaded.
        case reloading
        case stopping
    }

    /// The reason why the notice could not be sent.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The service manager's socket: a path, or `@` and a name in the abstract namespace. Nil: nothing is sent.
    let address: String?

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Sends a notice. A failure is only logged, because the server can run without the service manager.
    func notify(_ notice: Notice, logger: Logger) {
        do throws(Failure) {
            try send(notice)
        } catch {
            logger.warning("cannot notify the service manager", metadata: ["error": "\(error)"])
        }
    }

    /// Sends a notice in one datagram.
    func send(_ notice: Notice) throws(Failure) {
        guard let address else { return }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure("cannot create a socket") }
        defer { close(socket) }
        // Wait for a busy service manager, but not forever: without READY=1 it would report a failed start.
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
        // An abstract name begins with a zero byte and ends at the given length. A path ends with a zero byte.
        switch name.first {
        case UInt8(ascii: "/"): name.append(0)
        case UInt8(ascii: "@"): name[0] = 0
        default: throw Failure(description: "NOTIFY_SOCKET must be a path or an abstract address; got \(text.quoted)")
        }
        guard name.count <= MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failure(description: "NOTIFY_SOCKET is too long for a socket address: \(text.quoted)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path) + name.count
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}

extension ServiceManager.Failure {
    /// The system's error of a call that just failed.
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

    /// The start of the reload in microseconds. It distinguishes this reload's READY=1 from an earlier one.
    private static func monotonicMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(clamping: time.tv_sec) * 1_000_000 + UInt64(clamping: time.tv_nsec / 1_000)
    }
}
