extension JSONValue {
    /// The value as bytes that are equal exactly for documents that mean the same: white space, the order of members,
    /// the way a number or a string is written and members that are `null` make no difference.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        appendCanonical(to: &bytes)
        return bytes
    }

    /// Each value begins with its kind, and says how long it is where its end does not follow from its kind.
    private func appendCanonical(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .bool(let flag): bytes.append(UInt8(ascii: flag ? "t" : "f"))
        case .integer(let number): Self.append("i", number, to: &bytes)
        case .number(let number): Self.append("d", Int(bitPattern: UInt(number.bitPattern)), to: &bytes)
        case .string(let text): Self.append(text, to: &bytes)
        case .array(let items):
            Self.append("a", items.count, to: &bytes)
            for item in items { item.appendCanonical(to: &bytes) }
        case .object(let members):
            let present = members.filter { $0.value != .null }
            Self.append("o", present.count, to: &bytes)
            for (name, value) in present.sorted(by: { $0.key < $1.key }) {
                Self.append(name, to: &bytes)
                value.appendCanonical(to: &bytes)
            }
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append("s", text.utf8.count, to: &bytes)
        bytes += text.utf8
    }

    private static func append(_ kind: Unicode.Scalar, _ number: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: kind))
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
}
