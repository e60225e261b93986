/// Makes text from requests safe to log: it removes tokens and cuts long text. Strangers choose this text.
public enum LoggedText {
    /// The maximum length of a logged path, in bytes.
    public static let longestPath = 512
    /// Replaces a token, or text that begins like one.
    static let redacted = "allclear_[redacted]"
    /// Marks text that was cut.
    static let cut = "[cut]"
    /// Replaces every method that is not in `methods`.
    static let otherMethod = "other"

    /// The token's prefix in lower case, without its first letter. `a` is a hexadecimal digit: decoding `%5allclear_`
    /// makes `%5a` one byte, and the `a` is lost.
    private static let prefix = Array("llclear_".utf8)
    /// The methods of RFC 9110 §9.3 and RFC 5789.
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ]

    /// The method's name, or `otherMethod`, because a client can invent any method.
    public static func method(_ method: String) -> String { methods.contains(method) ? method : otherMethod }

    /// The path as it was sent, or percent-decoded and redacted if it contains a token. A program that puts its key in
    /// place of an ID may also encode it.
    public static func path(_ path: some StringProtocol) -> String {
        let decoded = fullyDecoded(path.utf8)
        let links = redactingLinks(decoded)
        let safe = (redacting(links ?? decoded) ?? links).map { String(decoding: $0, as: UTF8.self) } ?? String(path)
        guard safe.utf8.count > longestPath else { return safe }
        return String(decoding: safe.utf8.prefix(longestPath), as: UTF8.self) + cut
    }

    /// Decodes repeated percent-encoding in one pass: a decoded byte can complete another escape, which is then decoded
    /// as well.
    private static func fullyDecoded(_ text: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for byte in text {
            bytes.append(byte)
            while bytes.count >= 3, bytes[bytes.count - 3] == UInt8(ascii: "%"),
                let high = hexValue(bytes[bytes.count - 2]), let low = hexValue(bytes[bytes.count - 1])
            {
                bytes.removeLast(3)
                bytes.append(high << 4 | low)
            }
        }
        return bytes
    }

    /// Replaces the token of a link in an email, because anyone who has it can change a subscription.
    /// - Returns: nil if the path is not that of such a link.
    private static func redactingLinks(_ bytes: [UInt8]) -> [UInt8]? {
        guard let start = bytes.firstRange(of: Array("/subscriptions/".utf8))?.upperBound else { return nil }
        let ends = ["/confirm", "/unsubscribe"].map { Array($0.utf8) }
        let end = ends.first { bytes[start...].suffix($0.count).elementsEqual($0) } ?? []
        return bytes[..<start] + Array("[redacted]".utf8) + end
    }

    /// - Returns: nil if the text contains no token.
    private static func redacting(_ bytes: [UInt8]) -> [UInt8]? {
        var kept: [UInt8] = []
        var rest = bytes[...]
        var isRedacted = false
        while let first = rest.first {
            if rest.prefix(prefix.count).elementsEqual(prefix, by: { lowercased($0) == $1 }) {
                if kept.last.map(lowercased) == UInt8(ascii: "a") { kept.removeLast() }
                kept += redacted.utf8
                rest = rest.dropFirst(prefix.count).drop(while: isAlphanumeric)
                isRedacted = true
            } else {
                kept.append(first)
                rest = rest.dropFirst()
            }
        }
        return isRedacted ? kept : nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased(byte)) || isDigit(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - UInt8(ascii: "0") }
        let letter = lowercased(byte)
        return (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter) ? letter - UInt8(ascii: "a") + 10 : nil
    }
}
