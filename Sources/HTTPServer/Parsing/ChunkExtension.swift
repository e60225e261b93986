/// The decoder's position in the extensions of a chunk (RFC 9112 §7.1.1): `*( BWS ";" BWS name [ BWS "=" BWS ( token /
/// quoted-string ) ] )`. Extensions are checked and ignored.
enum ChunkExtension: Equatable {
    /// Blanks after the size or a value. Only another extension may follow.
    case blank
    /// After a semicolon.
    case nameStart
    case name
    /// Blanks after a name. A value or another extension must follow.
    case nameBlank
    /// After an equals sign.
    case valueStart
    case token
    case quoted
    case quotedPair
    /// After the closing quote.
    case quotedEnd

    /// Whether the line may end here.
    var isComplete: Bool { self == .name || self == .token || self == .quotedEnd }

    /// - Parameter byte: the next byte; not a carriage return that ends the line.
    /// - Returns: nil if this byte must not follow.
    func next(_ byte: UInt8) -> ChunkExtension? {
        switch self {
        case .blank: afterValue(byte)
        case .nameStart: ASCII.isBlank(byte) ? .nameStart : ASCII.isToken(byte) ? .name : nil
        case .name: ASCII.isToken(byte) ? .name : afterName(byte)
        case .nameBlank: afterName(byte)
        case .valueStart:
            if byte == UInt8(ascii: "\"") {
                .quoted
            } else {
                ASCII.isBlank(byte) ? .valueStart : ASCII.isToken(byte) ? .token : nil
            }
        case .token: ASCII.isToken(byte) ? .token : afterValue(byte)
        case .quoted:
            switch byte {
            case UInt8(ascii: "\""): .quotedEnd
            case UInt8(ascii: "\\"): .quotedPair
            default: ASCII.isFieldContent(byte) ? .quoted : nil
            }
        case .quotedPair: ASCII.isFieldContent(byte) ? .quoted : nil
        case .quotedEnd: afterValue(byte)
        }
    }

    private func afterName(_ byte: UInt8) -> ChunkExtension? {
        if byte == UInt8(ascii: "=") { return .valueStart }
        return ASCII.isBlank(byte) ? .nameBlank : byte == UInt8(ascii: ";") ? .nameStart : nil
    }

    private func afterValue(_ byte: UInt8) -> ChunkExtension? {
        ASCII.isBlank(byte) ? .blank : byte == UInt8(ascii: ";") ? .nameStart : nil
    }
}
