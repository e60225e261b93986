import Foundation

extension MailSettings.Password {
    /// The file of a password cannot be used.
    public struct Unreadable: Error, Equatable, CustomStringConvertible {
        public let path: String
        public let reason: String

        public var description: String { "the password file \(path) \(reason)" }
    }

    /// The password. From a file, without white space around it.
    public func read() throws(Unreadable) -> String {
        guard case .file(let path) = self else {
            guard case .text(let text) = self else { return "" }
            return text
        }
        let content: Data
        do {
            content = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw Unreadable(path: path, reason: "cannot be read: \(cause?.localizedDescription ?? "\(error)")")
        }
        let text = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty { throw Unreadable(path: path, reason: "is empty") }
        return text
    }
}
