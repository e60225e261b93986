import CBrotliDecoder
import Testing

@testable import PublicPages

/// Decodes the br content coding. Nil if the bytes are not exactly one stream, or decode to more than `limit` bytes.
func expanded(_ bytes: [UInt8], atMost limit: Int) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: max(1, limit))
    var size = output.count
    let result = BrotliDecoderDecompress(bytes.count, bytes, &size, &output)
    guard result == BROTLI_DECODER_RESULT_SUCCESS else { return nil }
    return Array(output[..<size])
}

@Suite("brotli")
struct BrotliTests {
    @Test("Compressed data expands to the original", arguments: [0, 1, 100, 65_536, 300_000])
    func roundTrip(_ count: Int) throws {
        let repetitive = [UInt8](repeating: 7, count: count)
        #expect(expanded(try #require(Brotli.compress(repetitive)), atMost: count) == repetitive)
        // Random bytes barely compress, so the output is larger than the input.
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(expanded(try #require(Brotli.compress(noise)), atMost: count) == noise)
    }
}
