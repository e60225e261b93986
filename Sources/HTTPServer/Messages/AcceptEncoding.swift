/// The supported content codings of a response (RFC 9110 §8.4.1).
public enum ContentCoding: Sendable {
    case identity, gzip, brotli
}

/// The weights in a request's Accept-Encoding fields (RFC 9110 §12.5.3). Allocates nothing.
public struct AcceptEncoding: Sendable {
    /// Weights in thousandths.
    @usableFromInline var identity: Int16?
    @usableFromInline var gzip: Int16?
    @usableFromInline var brotli: Int16?
    /// The weight of `*`.
    @usableFromInline var others: Int16?

    /// The weights without a field. Only the identity coding is then used.
    @inlinable
    public init() {}

    /// Adds a field value such as `gzip;q=0.8, *;q=0.1`. Several field lines are one list.
    public mutating func read(_ value: Bytes) {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            readElement(Bytes(rebasing: value[start..<end]))
            start = end + 1
        }
    }

    /// The weight of a coding, in thousandths; 0 if the client does not accept it. Identity may be sent even then, if
    /// no other coding is acceptable.
    @inlinable
    public func weight(of coding: ContentCoding) -> Int {
        switch coding {
        case .identity: Int(identity ?? others ?? 0)
        case .gzip: Int(gzip ?? others ?? 0)
        case .brotli: Int(brotli ?? others ?? 0)
        }
    }

    private mutating func readElement(_ element: Bytes) {
        var nameEnd = 0
        while nameEnd < element.count, element[nameEnd] != UInt8(ascii: ";") { nameEnd += 1 }
        let name = Bytes(rebasing: element[0..<nameEnd]).trimmed
        let weight = Self.weight(Bytes(rebasing: element[nameEnd...]))
        if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") {
            gzip = weight
        } else if name.equalsIgnoringCase("br") {
            brotli = weight
        } else if name.equalsIgnoringCase("identity") {
            identity = weight
        } else if name.equals("*") {
            others = weight
        }
    }

    /// The weight in a coding's parameters, in thousandths: 1000 without parameters, 0 if they are malformed.
    private static func weight(_ parameters: Bytes) -> Int16 {
        guard parameters.count > 0 else { return 1000 }
        let text = Bytes(rebasing: parameters[1...]).trimmed
        guard text.count >= 3, ASCII.lowercased(text[0]) == UInt8(ascii: "q"), text[1] == UInt8(ascii: "=") else {
            return 0
        }
        guard text[2] == UInt8(ascii: "0") || text[2] == UInt8(ascii: "1") else { return 0 }
        var weight: Int16 = text[2] == UInt8(ascii: "1") ? 1000 : 0
        guard text.count > 3 else { return weight }
        guard text[3] == UInt8(ascii: "."), text.count <= 7 else { return 0 }
        var unit: Int16 = 100
        for byte in text[4...] {
            guard ASCII.isDigit(byte) else { return 0 }
            weight += Int16(byte - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return min(weight, 1000)
    }
}
