/// What an Accept-Encoding field says (RFC 9110 §12.5.3).
public enum AcceptEncoding {
    /// Whether gzip may be sent and is liked no less than the identity coding. Allocates nothing.
    /// - Parameter value: one field value, as in `gzip;q=0.8, *;q=0.1`.
    public static func prefersGzip(_ value: Bytes) -> Bool {
        var gzip: Int?
        var identity: Int?
        var any: Int?
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            let element = Bytes(rebasing: value[start..<end])
            var nameEnd = 0
            while nameEnd < element.count, element[nameEnd] != UInt8(ascii: ";") { nameEnd += 1 }
            let name = Bytes(rebasing: element[0..<nameEnd]).trimmed
            let weight = weight(Bytes(rebasing: element[nameEnd...]))
            if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") { gzip = weight }
            if name.equalsIgnoringCase("identity") { identity = weight }
            if name.equals("*") { any = weight }
            start = end + 1
        }
        guard let wanted = gzip ?? any, wanted > 0 else { return false }
        return wanted >= identity ?? any ?? 0
    }

    /// The weight behind a coding in thousandths: 1000 without one, 0 for one that is malformed.
    private static func weight(_ parameters: Bytes) -> Int {
        guard parameters.count > 0 else { return 1000 }
        let text = Bytes(rebasing: parameters[1...]).trimmed
        guard text.count >= 3, ASCII.lowercased(text[0]) == UInt8(ascii: "q"), text[1] == UInt8(ascii: "=") else {
            return 0
        }
        guard text[2] == UInt8(ascii: "0") || text[2] == UInt8(ascii: "1") else { return 0 }
        var weight = text[2] == UInt8(ascii: "1") ? 1000 : 0
        guard text.count > 3 else { return weight }
        guard text[3] == UInt8(ascii: "."), text.count <= 7 else { return 0 }
        var unit = 100
        for byte in text[4...] {
            guard ASCII.isDigit(byte) else { return 0 }
            weight += Int(byte - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return min(weight, 1000)
    }
}
