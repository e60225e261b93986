import Testing

@testable import HTTPServer

/// Passes a text's bytes to a function that reads them where they lie.
func withBytes<Result>(_ text: String, _ body: (Bytes) -> Result) -> Result {
    Array(text.utf8).withUnsafeBufferPointer(body)
}

@Suite("Accept-Encoding")
struct AcceptEncodingTests {
    @Test(
        "gzip is preferred where it is accepted and nothing is liked more",
        arguments: [
            "gzip", "GZip", "x-gzip", "*", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "deflate,\tgzip",
            "gzip;q=1", "gzip;q=1.000", "gzip;q=0.001", "gzip ; q=0.5", "gzip;Q=0.5", "gzip;q=0.5, identity;q=0.5",
            "identity;q=0, gzip;q=0.1", "gzip, *;q=0", "*;q=0.3", ", gzip,", "identity;q=0, *",
        ])
    func preferred(_ value: String) {
        #expect(withBytes(value, AcceptEncoding.prefersGzip))
    }

    @Test(
        "gzip is not preferred where it is refused, unknown or liked less",
        arguments: [
            "", " ", ",", "identity", "br", "gzipp", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "*;q=0",
            "gzip;q=0, *", "gzip;q=0.5, identity", "gzip;q=0.4, identity;q=0.5", "deflate;q=1",
            // The asterisk stands for identity too where that is not listed.
            "gzip;q=0.5, *", "gzip;q=0.2, *;q=0.3",
        ])
    func notPreferred(_ value: String) {
        #expect(!withBytes(value, AcceptEncoding.prefersGzip))
    }

    @Test(
        "A weight that is malformed counts as none",
        arguments: [
            "gzip;q", "gzip;q=", "gzip;q=2", "gzip;q=.5", "gzip;q=0.x", "gzip;q=0.1234", "gzip;level=1", "gzip;",
        ])
    func malformedWeight(_ value: String) {
        #expect(!withBytes(value, AcceptEncoding.prefersGzip))
    }
}
