import Foundation
import Glibc
import HTTPTypes

/// A plain, blocking HTTP/1.1 client for tests, with one connection for each request. Its timeout makes a test fail,
/// rather than hang, if a server does not answer.
struct SocketClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let port: UInt16

    func send(_ request: HTTPRequest, body: [UInt8]) throws -> TestResponse {
        try exchange(Self.encode(request, body))
    }

    /// Sends raw bytes, and reads until the server closes the connection.
    func exchange(_ bytes: [UInt8]) throws -> TestResponse {
        let descriptor = try connect()
        defer { close(descriptor) }
        try write(bytes, to: descriptor)
        return try Self.parse(try readAll(from: descriptor))
    }

    private func connect() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(description: "cannot connect: errno \(errno)") }
        return descriptor
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "cannot send: errno \(errno)") }
            sent += count
        }
    }

    private func readAll(from descriptor: Int32) throws -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(description: "no answer: errno \(errno)") }
            if count == 0 { return received }
            received += buffer[..<count]
        }
    }

    private static func encode(_ request: HTTPRequest, _ body: [UInt8]) -> [UInt8] {
        var text = "\(request.method.rawValue) \(request.path ?? "/") HTTP/1.1\r\n"
        text += "Host: \(request.authority ?? "localhost")\r\nConnection: close\r\n"
        for field in request.headerFields { text += "\(field.name.rawName): \(field.value)\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8) + body
    }

    private static func parse(_ bytes: [UInt8]) throws -> TestResponse {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw Failure(description: "no head in: \(text)") }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let code = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "no status in: \(text)")
        }
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
            fields.append(HTTPField(name: name, value: parts[1].trimmingCharacters(in: .whitespaces)))
        }
        let headLength = text[..<end.upperBound].utf8.count
        return TestResponse(status: code, fields: fields, body: Array(bytes[headLength...]))
    }
}
