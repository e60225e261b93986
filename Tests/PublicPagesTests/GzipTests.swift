import CZlib
import Testing

@testable import PublicPages

/// Decodes the gzip content coding. Nil if the bytes are not exactly one gzip member.
func inflated(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    // Adding 16 to the window bits accepts gzip and no other format.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: 1_000_000)
    let status = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            return inflate(&stream, Z_FINISH)
        }
    }
    guard status == Z_STREAM_END, stream.avail_in == 0 else { return nil }
    return Array(output[..<Int(stream.total_out)])
}

@Suite("gzip")
struct GzipTests {
    @Test("Compressed data inflates to the original", arguments: [0, 1, 100, 65_536, 300_000])
    func roundTrip(_ count: Int) throws {
        let repetitive = [UInt8](repeating: 7, count: count)
        #expect(inflated(try #require(Gzip.compress(repetitive))) == repetitive)
        // Random bytes barely compress, so the output is larger than the input.
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(inflated(try #require(Gzip.compress(noise))) == noise)
    }
}
