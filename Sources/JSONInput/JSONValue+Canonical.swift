extension JSONValue {
    /// A canonical form: the bytes of two documents are equal if and only if the documents mean the same. White space,
    /// the order of members, the notation of numbers and strings, and members that are `null` make no difference.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        appendCanonical(to: &bytes)
        return bytes
    }

    /// Each value begins with its kind. A value of variable length then states its length.
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
            let names = members.keys.sorted()
            let count = names.count { members[$0] != .null }
            Self.append("o", count, to: &bytes)
            for name in names {
                guard let value = members[name], value != .null else { continue }
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
