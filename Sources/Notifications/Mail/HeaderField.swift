import Foundation
import StatusPages

/// A header field of an email (RFC 5322 §2.2), as lines of at most 78 characters. Only a URL, an id or an address that is
/// longer by itself makes a line longer.
struct HeaderField: Equatable {
    let name: String
    /// Parts between which a line may end.
    private let tokens: [String]

    /// A field with parts that must not be folded: URLs, ids, or words of the protocol.
    init(_ name: String, exactly parts: String...) {
        self.name = name
        tokens = parts
    }

    /// A field with text for people.
    init(_ name: String, text: String) {
        self.name = name
        let text = text.onOneLine
        tokens = Self.needsEncoding(text) ? Self.encodedWords(text) : text.split(separator: " ").map(String.init)
    }

    /// A field with a name for people, which may be missing, and an address or id in angle brackets.
    init(_ name: String, _ phrase: String?, angled: String) {
        self.name = name
        tokens = (phrase.map(Self.phrase) ?? []) + ["<\(angled)>"]
    }

    init(_ name: String, _ mailbox: Mailbox) {
        if let phrase = mailbox.name {
            self.init(name, phrase, angled: mailbox.address.description)
        } else {
            self.init(name, exactly: mailbox.address.description)
        }
    }

    /// The field with CRLF at its end.
    var lines: String {
        var text = "\(name):"
        var length = text.utf8.count
        for (index, token) in tokens.enumerated() {
            // A field whose first line has no value confuses some programs, so the first part stays there.
            if index > 0, length + 1 + token.utf8.count > Self.longestLine {
                text += "\r\n"
                length = 0
            }
            text += " \(token)"
            length += 1 + token.utf8.count
        }
        return text + "\r\n"
    }

    private static let longestLine = 78

    /// Whether a field must encode the text. That is so if it is not ASCII, or if a reader could take a part of it for
    /// an encoded word. It is also so if folding would change its spaces or long words.
    private static func needsEncoding(_ text: String) -> Bool {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        return !text.utf8.allSatisfy { $0 < 0x80 } || text.utf8.firstRange(of: "=?".utf8) != nil
            || words.contains { $0.isEmpty || $0.utf8.count > 60 }
    }

    /// A display name (RFC 5322 §3.2.5). A quoted string may be folded at its spaces.
    private static func phrase(_ text: String) -> [String] {
        let text = text.onOneLine
        if needsEncoding(text) { return encodedWords(text) }
        let isAtoms = text.utf8.allSatisfy { byte in
            byte == 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return (isAtoms ? text : "\"\(escaped)\"").split(separator: " ").map(String.init)
    }

    /// The text as encoded words (RFC 2047 §2), each with whole characters.
    private static func encodedWords(_ text: String) -> [String] {
        // The number of bytes whose base 64 fills a line of 76 characters, behind the longest field name.
        let most = 39
        var chunks: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunks[chunks.count - 1].count + bytes.count > most { chunks.append([]) }
            chunks[chunks.count - 1] += bytes
        }
        return chunks.map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }
    }
}

extension String {
    /// The text with spaces instead of line ends and control characters, so that no part can look like another line.
    var onOneLine: String {
        let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
