import CBrotli
import CZlib

/// The gzip content coding (RFC 1952) by zlib.
enum Gzip {
    /// - Returns: nil if zlib is out of memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard allclear_deflate_init_gzip(&stream, Z_DEFAULT_COMPRESSION) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let status = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { return nil }
        output.removeLast(Int(stream.avail_out))
        return output
    }
}

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
