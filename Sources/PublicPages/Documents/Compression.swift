import CBrotli
import CZlib

/// The gzip content coding (RFC 1952) by zlib.
enum Gzip {
    /// - Returns: nil if zlib is out of memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard allclear_deflate_init_gzip(&stream, Z_DEFAULT_COMPRESSION) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let most = Int(deflateBound(&stream, UInt(bytes.count)))
        return bytes.withUnsafeBufferPointer { input in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { output in
                // zlib only reads its input, but its declaration does not say so.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(most)
                guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
                return Array(output[..<(most - Int(stream.avail_out))])
            }
        }
    }
}

/// The br content coding (RFC 7932) by libbrotli.
enum Brotli {
    /// From 0 to 11. Higher levels take many times as long and save a few bytes per widget.
    private static let quality: Int32 = 5

    /// - Returns: nil if libbrotli is out of memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        let most = max(16, BrotliEncoderMaxCompressedSize(bytes.count))
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { output in
            var size = most
            let isDone = BrotliEncoderCompress(
                quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, bytes.count, bytes, &size, output.baseAddress)
            return isDone != 0 ? Array(output[..<size]) : nil
        }
    }
}
