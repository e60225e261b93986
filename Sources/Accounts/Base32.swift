/// Base 32 without padding (RFC 4648 §6).
enum Base32 {
    static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (number, bits) = (0, 0)
        for byte in bytes {
            (number, bits) = ((number << 8 | Int(byte)) & 0xFFFF, bits + 8)
            while bits >= 5 {
                bits -= 5
                text.append(digits[number >> bits & 31])
            }
        }
        if bits > 0 { text.append(digits[number << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
