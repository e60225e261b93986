import Markup

/// The lines of an iCalendar object (RFC 5545 §3.1).
struct ContentLines {
    /// The maximum length of a line in bytes, without its line end.
    private static let mostBytes = 75

    private(set) var bytes: [UInt8] = []

    init() {}

    /// Adds a property whose value needs no escaping, without its control characters.
    /// - Parameter name: the property's name, with its parameters.
    mutating func add(_ name: StaticString, _ value: String) {
        add(name, value.unicodeScalars.filter { $0.isDisplayable && !"\r\n\t".unicodeScalars.contains($0) })
    }

    /// Adds a property of type TEXT (RFC 5545 §3.3.11). Control characters are left out, except tabs and line ends.
    mutating func add(_ name: StaticString, text: String) { add(name, Self.escape(text)) }

    private static func escape(_ text: String) -> String.UnicodeScalarView {
        var escaped = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r": escaped += "\\n".unicodeScalars
            case "\\", ";", ",":
                escaped.append("\\")
                escaped.append(scalar)
            default: if scalar.isDisplayable { escaped.append(scalar) }
            }
            previous = scalar
        }
        return escaped
    }

    /// Folds lines only between characters, because some programs cannot read a character that a fold divides.
    private mutating func add(_ name: StaticString, _ value: some Sequence<Unicode.Scalar>) {
        var length = name.utf8CodeUnitCount + 1
        name.withUTF8Buffer { bytes += $0 }
        bytes.append(UInt8(ascii: ":"))
        for scalar in value {
            let encoded = UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            if length + encoded.count > Self.mostBytes {
                bytes += "\r\n ".utf8
                length = 1
            }
            bytes += encoded
            length += encoded.count
        }
        bytes += "\r\n".utf8
    }
}
