import Testing

@testable import HTTPServer

/// Passes the bytes of a text to a function without keeping them.
func withBytes<Result>(_ text: String, _ body: (Bytes) -> Result) -> Result {
    Array(text.utf8).withUnsafeBufferPointer(body)
}

@Suite("Accept-Encoding")
struct AcceptEncodingTests {
    /// The weights of identity, gzip and br after these field lines.
    private func weights(_ lines: String...) -> [Int] {
        var accepted = AcceptEncoding()
        for line in lines { withBytes(line) { accepted.read($0) } }
        return [accepted.weight(of: .identity), accepted.weight(of: .gzip), accepted.weight(of: .brotli)]
    }

    @Test(
        "Every coding has the weight it is given, in any case and spacing",
        arguments: [
            ("gzip", [0, 1000, 0]), ("GZip", [0, 1000, 0]), ("x-gzip", [0, 1000, 0]), ("BR", [0, 0, 1000]),
            ("gzip, deflate, br", [0, 1000, 1000]), ("br;q=1.0, gzip;q=0.8, *;q=0.1", [100, 800, 1000]),
            ("deflate,\tgzip", [0, 1000, 0]), ("gzip;q=1.000", [0, 1000, 0]), ("gzip;q=0.001", [0, 1, 0]),
            ("gzip ; q=0.5", [0, 500, 0]), ("gzip;Q=0.5", [0, 500, 0]), (", gzip,", [0, 1000, 0]),
            ("gzip;q=0.5, identity;q=0.4", [400, 500, 0]), ("gzip;q=1.5", [0, 1000, 0]),
        ] as [(String, [Int])])
    func named(_ value: String, _ expected: [Int]) {
        #expect(weights(value) == expected)
    }

    @Test(
        "The asterisk matches every coding that is not named",
        arguments: [
            ("*", [1000, 1000, 1000]), ("*;q=0.3", [300, 300, 300]), ("*;q=0", [0, 0, 0]),
            ("gzip;q=0, *", [1000, 0, 1000]), ("gzip, *;q=0", [0, 1000, 0]), ("identity;q=0, *", [0, 1000, 1000]),
        ] as [(String, [Int])])
    func others(_ value: String, _ expected: [Int]) {
        #expect(weights(value) == expected)
    }

    @Test(
        "Codings that are rejected, unknown or malformed have no weight",
        arguments: [
            "", " ", ",", "gzipp", "brr", "deflate;q=1", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "gzip;q", "gzip;q=",
            "gzip;q=2", "gzip;q=.5", "gzip;q=0.x", "gzip;q=0.1234", "gzip;level=1", "gzip;",
        ])
    func none(_ value: String) {
        #expect(weights(value) == [0, 0, 0])
    }

    @Test("Several lines are one list")
    func lines() {
        #expect(weights("gzip;q=0.5", "br;q=0.7, *;q=0.1") == [100, 500, 700])
        #expect(weights() == [0, 0, 0])
    }
}
