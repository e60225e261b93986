import Glibc
import HTTPServer

/// An HTTP client for one request, so that a container image needs no other program for its health check.
struct HealthProbe {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let address: SocketAddress
    /// Timeout of each step in seconds: connecting, sending, and each read of the answer.
    var patience = 4

    /// Requests /readyz.
    /// - Throws: if there is no answer.
    func ask() throws(Failure) -> (status: Int, body: String) {
        let connection = try connect()
        defer { close(connection) }
        let request = Array("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw failure("cannot send to \(address)")
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("no response from \(address)") }
            if count == 0 { break }
            answer += buffer[..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 "), let status = Int(text.dropFirst(9).prefix(3)),
            let end = text.firstRange(of: "\r\n\r\n")
        else { throw Failure(description: "\(address) does not speak HTTP") }
        return (status, String(text[end.upperBound...]))
    }

    private func connect() throws(Failure) -> Int32 {
        switch address {
        case .unix(let path):
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            return try withUnsafePointer(to: &name) { pointer throws(Failure) in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(Failure) in
                    try connect(AF_UNIX, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        case .tcp(let host, let port):
            var last = Failure(description: "cannot reach \(address)")
            for host in Self.reachable(host) {
                do throws(Failure) {
                    return try connect(to: host, port)
                } catch {
                    last = error
                }
            }
            throw last
        }
    }

    /// The addresses at which a server that listens on `host` can be reached. They are numeric, because an image may be
    /// unable to resolve names.
    private static func reachable(_ host: String) -> [String] {
        switch host {
        case "", "0.0.0.0": ["127.0.0.1"]
        // A socket on `::` also accepts IPv4, and IPv6 may be disabled.
        case "::": ["::1", "127.0.0.1"]
        default: [host]
        }
    }

    private func connect(to host: String, _ port: UInt16) throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = found
        else { throw Failure(description: "cannot resolve \(address)") }
        defer { freeaddrinfo(first) }
        var last = Failure(description: "cannot reach \(address)")
        for candidate in sequence(first: first, next: { $0.pointee.ai_next }) {
            do throws(Failure) {
                return try connect(
                    candidate.pointee.ai_family, candidate.pointee.ai_addr, candidate.pointee.ai_addrlen)
            } catch {
                last = error
            }
        }
        throw last
    }

    private func connect(
        _ family: Int32, _ name: UnsafePointer<sockaddr>, _ length: socklen_t
    ) throws(Failure) -> Int32 {
        let connection = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard connection >= 0 else { throw failure("cannot create a socket") }
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        guard Glibc.connect(connection, name, length) == 0 else {
            let error = failure("cannot reach \(address)")
            close(connection)
            throw error
        }
        return connection
    }

    /// The failure of a system call that just failed.
    private func failure(_ action: String) -> Failure {
        let code = errno
        // A timed-out socket fails with EAGAIN, or with EINPROGRESS from connect(2).
        let isOver = code == EAGAIN || code == EINPROGRESS
        let reason = isOver ? "timed out after \(patience) s" : String(cString: strerror(code))
        return Failure(description: "\(action): \(reason)")
    }
}
