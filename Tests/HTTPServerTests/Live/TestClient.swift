import CLinux
import Glibc

@testable import HTTPServer

/// A blocking HTTP client on one connection. It sends exactly the given bytes.
final class TestClient {
    enum Failure: Error {
        /// A system call failed with this code. `EAGAIN` means that nothing arrived within the receive timeout.
        case system(String, code: Int32)
        /// The connection ended in the middle of an answer.
        case ended(received: String)
        case malformed(String)
    }

    private let socket: Int32
    /// Bytes received and not yet parsed.
    private var received: [UInt8] = []

    /// - Parameter receiveBuffer: roughly how many bytes the kernel may receive ahead of the reader.
    init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try set(SO_RCVTIMEO, timeval(tv_sec: 20, tv_usec: 0))
        try set(SO_SNDTIMEO, timeval(tv_sec: 20, tv_usec: 0))
        if let receiveBuffer { try set(SO_RCVBUF, receiveBuffer) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        guard case .tcp(let host, let port) = address else { throw Failure.malformed("\(address)") }
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = inet_addr(host)
        let status = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure.system("connect", code: errno) }
    }

    deinit { close(socket) }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) throws {
        var value = value
        guard setsockopt(socket, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size)) == 0 else {
            throw Failure.system("setsockopt", code: errno)
        }
    }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, allclear_msg_nosignal)
            }
            guard count > 0 else { throw Failure.system("send", code: errno) }
            sent += count
        }
    }

    /// Sends nothing more, but can still receive.
    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Makes this client reset the connection when its last reference is released.
    func resetOnClose() throws { try set(SO_LINGER, linger(l_onoff: 1, l_linger: 0)) }

    // MARK: Receiving

    /// - Returns: false at the end of the connection.
    func receive(atMost size: Int = 65_536) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: size)
        var count: Int
        // If a receive timeout is set, stopping and continuing the process interrupts recv, even if the signal's
        // handler restarts system calls.
        repeat { count = recv(socket, &buffer, buffer.count, 0) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw Failure.system("recv", code: errno) }
        received += buffer[..<count]
        return count > 0
    }

    /// Reads one answer.
    /// - Parameter isHEAD: whether this is the answer to a HEAD request, which has no body whatever its fields say.
    func answer(isHEAD: Bool = false) throws -> TestAnswer {
        var answer: TestAnswer?
        while true {
            if answer == nil { answer = try takeHead() }
            if var answer, let body = takeBody(answer.bodyLength(isHEAD: isHEAD)) {
                answer.body = body
                return answer
            }
            try receiveMore()
        }
    }

    /// Reads the head of an answer.
    func head() throws -> TestAnswer {
        while true {
            if let head = try takeHead() { return head }
            try receiveMore()
        }
    }

    /// Reads up to and including `end`.
    func text(through end: String) throws -> String {
        let end = Array(end.utf8)
        var searched = 0
        while true {
            let place = received[searched...].indices.first {
                received[$0] == end[0] && received[$0...].starts(with: end)
            }
            if let place {
                defer { received.removeFirst(place + end.count) }
                return String(decoding: received[..<(place + end.count)], as: UTF8.self)
            }
            searched = max(0, received.count - end.count)
            try receiveMore()
        }
    }

    private func receiveMore() throws {
        guard try receive() else {
            throw Failure.ended(received: String(decoding: received.prefix(2_000), as: UTF8.self))
        }
    }

    /// Reads to the end of the connection. Throws if the connection is reset.
    func rest() throws -> String {
        while try receive() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private func takeHead() throws -> TestAnswer? {
        let end = Array("\r\n\r\n".utf8)
        guard let start = received.indices.first(where: { received[$0...].starts(with: end) }) else { return nil }
        let text = String(decoding: received[..<start], as: UTF8.self)
        guard let answer = TestAnswer(head: text) else { throw Failure.malformed(text) }
        received.removeFirst(start + end.count)
        return answer
    }

    private func takeBody(_ length: Int) -> [UInt8]? {
        guard received.count >= length else { return nil }
        defer { received.removeFirst(length) }
        return Array(received[..<length])
    }
}

/// A server's answer.
struct TestAnswer {
    let status: Int
    /// The fields by lowercase name. The values of repeated fields are joined with a comma.
    let fields: [String: String]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// - Parameter head: the head without the empty line at its end.
    init?(head: String) {
        // Swift treats CR LF as one character.
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let parts = lines[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else { return nil }
        self.status = status
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.merge([line[..<colon].lowercased(): String(value)]) { "\($0), \($1)" }
        }
        self.fields = fields
    }

    func bodyLength(isHEAD: Bool) -> Int {
        if isHEAD || status < 200 || status == 204 || status == 304 { return 0 }
        return fields["content-length"].flatMap { Int($0) } ?? 0
    }
}
