/// `Strict-Transport-Security: max-age=SECONDS` (RFC 6797 §6.1), with the line's end, as it was made last: it is asked for
/// with every answer, and changes hardly ever.
final class StrictTransportField {
    private var seconds = 0
    private var bytes: [UInt8] = []

    func line(_ seconds: Int) -> [UInt8] {
        if seconds != self.seconds {
            self.seconds = seconds
            bytes = Array("Strict-Transport-Security: max-age=\(seconds)\r\n".utf8)
        }
        return bytes
    }
}
