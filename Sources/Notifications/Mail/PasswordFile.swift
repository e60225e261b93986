import Foundation
import Glibc

extension MailSettings.Password {
    /// The file of a password cannot be used.
    public struct Unreadable: Error, Equatable, CustomStringConvertible {
        public let path: String
        /// Such as `cannot be read: Permission denied`.
        public let reason: String

        public var description: String { "the password file \(path) \(reason)" }
    }

    /// The longest password or token, in bytes.
    private static let most = 65_536

    /// The password. From a file, without white space around it.
    public func read() throws(Unreadable) -> String {
        switch self {
        case .text(let text): return text
        case .file(let path):
            let text = String(decoding: try Self.content(of: path), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            if text.isEmpty { throw Unreadable(path: path, reason: "is empty") }
            return text
        }
    }

    private static func content(of path: String) throws(Unreadable) -> [UInt8] {
        // Not with Foundation, because its errors do not contain the system's error alone.
        guard let file = fopen(path, "re") else {
            throw Unreadable(path: path, reason: "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: most + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        if ferror(file) != 0 {
            throw Unreadable(path: path, reason: "cannot be read: \(String(cString: strerror(errno)))")
        }
        guard count <= most else { throw Unreadable(path: path, reason: "is longer than \(most) bytes") }
        return Array(bytes[..<count])
    }
}
