import CBrotli

/// The br content coding (RFC 7932) by libbrotli.
enum Brotli {
    /// From 0 to 11. Higher levels take many times as long and save a few bytes per widget.
    private static let quality: Int32 = 5

    /// - Returns: nil if libbrotli is out of memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var size = max(16, BrotliEncoderMaxCompressedSize(bytes.count))
        var output = [UInt8](repeating: 0, count: size)
        let isDone = BrotliEncoderCompress(
            quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, bytes.count, bytes, &size, &output)
        guard isDone != 0 else { return nil }
        output.removeLast(output.count - size)
        return output
    }
}
