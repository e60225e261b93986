import CivilCalendar

/// Timestamps in RFC 3339 format.
extension Timestamp: CustomStringConvertible {
    private static let millisecondsPerDay = 86_400_000
    /// The years 0001 to 9999 in UTC. RFC 3339 cannot express later years, and many programs do not support the year 0.
    private static let writable = -62_135_596_800_000...253_402_300_799_999

    /// UTC with milliseconds, such as `2026-11-20T21:48:34.123Z`.
    public var rfc3339: String {
        let milliseconds = Int(milliseconds)
        let day = milliseconds.quotient(flooredBy: Self.millisecondsPerDay)
        let date = CivilDate(daysSince1970: day)
        let rest = milliseconds - day * Self.millisecondsPerDay
        var text = DigitWriter()
        text.append(date.year, width: 4, then: "-")
        text.append(date.month, width: 2, then: "-")
        text.append(date.day, width: 2, then: "T")
        text.append(rest / 3_600_000, width: 2, then: ":")
        text.append(rest / 60_000 % 60, width: 2, then: ":")
        text.append(rest / 1_000 % 60, width: 2, then: ".")
        text.append(rest % 1_000, width: 3, then: "Z")
        return text.string
    }

    public var description: String { rfc3339 }

    /// Reads a date and time with any offset and up to nine fractional digits. Digits beyond milliseconds are cut off.
    /// Nil for anything else: a missing offset, a day that does not exist, a leap second, or a year in UTC outside 0001
    /// to 9999.
    public init?(rfc3339 text: some StringProtocol) {
        var text = String(text)
        guard let timestamp = text.withUTF8(Self.init(rfc3339:)) else { return nil }
        self = timestamp
    }

    private init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) {
        var scanner = DigitScanner(bytes)
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.skip(":"),
            let second = scanner.number(2), hour < 24, minute < 60, second < 60,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var fraction = 0
        if scanner.skip(".") {
            guard let read = scanner.milliseconds(upToDigits: 9) else { return nil }
            fraction = read
        }
        guard let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
        let minutes = date.daysSince1970 * 1_440 + hour * 60 + minute - offset
        let milliseconds = (minutes * 60 + second) * 1_000 + fraction
        guard Self.writable.contains(milliseconds) else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }

}

/// Writes numbers of a fixed width, each followed by a separator.
private struct DigitWriter {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(24) }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ number: Int, width: Int, then separator: Unicode.Scalar) {
        let end = bytes.count + width
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width))
        var rest = number
        for index in (end - width..<end).reversed() {
            bytes[index] += UInt8(rest % 10)
            rest /= 10
        }
        bytes.append(UInt8(ascii: separator))
    }
}

/// Takes fixed-width numbers and separators off the front of a text.
private struct DigitScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        var value = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func milliseconds(upToDigits most: Int) -> Int? {
        var value = 0
        var count = 0
        while let digit = digit() {
            guard count < most else { return nil }
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<max(3, count) { value *= 10 }
        return value
    }

    /// `Z` or `±hh:mm`, in minutes east of UTC.
    mutating func offsetMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let isWest = next == UInt8(ascii: "-")
        guard skip("+") || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
            minutes < 60
        else { return nil }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }

    private mutating func digit() -> Int? {
        guard let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        position += 1
        return Int(byte - UInt8(ascii: "0"))
    }
}
