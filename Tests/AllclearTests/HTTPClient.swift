import Foundation
import Glibc
import HTTPServer

/// A client for one request at a time, each on a separate connection.
struct HTTPClient {
    struct Failure: Error { let step: String }

    struct Answer {
        let status: Int
        /// By lowercase name.
        let fields: [String: String]
        let body: String

        /// The body as a JSON object.
        func object() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            guard let object else { throw Failure(step: "reading \(body) as an object") }
            return object
        }
    }

    let address: SocketAddress

    func get(_ path: String, token: String? = nil) throws -> Answer { try send("GET", path, token: token, body: nil) }

    func post(_ path: String, token: String, _ body: String) throws -> Answer {
        try send("POST", path, token: token, body: body)
    }

    private func send(_ method: String, _ path: String, token: String?, body: String?) throws -> Answer {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(address)", "Connection: close"]
        if let token { lines.append("Authorization: Bearer \(token)") }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let request = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        let connection = try connect()
        defer { close(connection) }
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Failure(step: "sending") }
            rest = rest.dropFirst(sent)
        }
        return try Self.answer(try read(connection))
    }

    private func connect() throws -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard connection >= 0 else { throw Failure(step: "making a socket") }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        guard case .tcp(let host, let port) = address else { throw Failure(step: "finding a port in \(address)") }
        target.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &target.sin_addr)
        let status = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(connection)
            throw Failure(step: "connecting to \(address)")
        }
        return connection
    }

    /// Reads until the server closes the connection.
    private func read(_ connection: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(step: "reading") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func answer(_ bytes: [UInt8]) throws -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else {
            throw Failure(step: "finding a head in \(text)")
        }
        var fields: [String: String] = [:]
        for line in text[..<end.lowerBound].components(separatedBy: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, fields: fields, body: String(text[end.upperBound...]))
    }
}
