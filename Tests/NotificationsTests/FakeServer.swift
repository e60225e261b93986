import Glibc
import Locking
import TestSupport

/// A server on a free port of 127.0.0.1 that does what a test wants, connection by connection.
final class FakeServer: Sendable {
    /// One connection. Its methods block.
    final class Connection {
        /// From 1.
        let number: Int
        private let descriptor: Int32
        private var buffer: [UInt8] = []

        init(_ descriptor: Int32, number: Int) {
            self.descriptor = descriptor
            self.number = number
        }

        deinit { close(descriptor) }

        /// - Returns: nil at the end of the connection.
        func readLine() -> String? {
            while true {
                if let end = buffer.firstIndex(of: 0x0A) {
                    defer { buffer.removeFirst(end + 1) }
                    return String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self)
                }
                guard fill() else { return nil }
            }
        }

        func read(_ count: Int) -> [UInt8] {
            while buffer.count < count, fill() {}
            defer { buffer.removeFirst(min(count, buffer.count)) }
            return Array(buffer.prefix(count))
        }

        /// - Returns: false if the other side has gone.
        @discardableResult
        func write(_ text: String) -> Bool {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                bytes = bytes.dropFirst(count)
            }
            return true
        }

        private func fill() -> Bool {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            buffer += bytes.prefix(max(0, count))
            return count > 0
        }
    }

    let port: UInt16
    private let listener: Int32

    init(_ serve: @escaping @Sendable (Connection) -> Void) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = getsockname(listener, $0, &length)
            }
        }
        listen(listener, 16)
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        OwnThread.start {
            var number = 0
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                number += 1
                let place = number
                OwnThread.start { serve(Connection(descriptor, number: place)) }
            }
            // Not in `deinit`: another test's socket could get the number while this thread still accepts from it.
            close(listener)
        }
    }

    /// Ends the thread that accepts connections.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
