/// The line `Strict-Transport-Security: max-age=SECONDS CR LF` (RFC 6797 §6.1). It is cached, because every https
/// answer needs it and it rarely changes.
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
