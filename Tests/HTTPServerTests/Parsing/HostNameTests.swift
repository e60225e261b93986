import Testing

@testable import HTTPServer

@Suite("Host names as keys")
struct HostNameTests {
    @Test(
        "Keys are in lower case, without a port and without one trailing dot",
        arguments: [
            ("a.example", "a.example"), ("A.Example", "a.example"), ("a.example.", "a.example"),
            ("a.example:443", "a.example"), ("A.EXAMPLE.:443", "a.example"), ("a.example:", "a.example"),
            ("a.example..", "a.example."), ("80", "80"), ("80:80", "80"),
            ("[::1]", "[::1]"), ("[::A]:80", "[::a]"), ("", ""), (".", ""), (":80", ""), (".:80", ""),
            // Only ASCII letters are lowercased in host names.
            ("\u{212A}.example", "\u{212A}.example"), ("Ä.example", "Ä.example"),
        ])
    func key(_ authority: String, _ key: String) {
        #expect(HostName.key(authority) == key)
        let isSame = Array(authority.utf8).withUnsafeBufferPointer { one in
            Array(key.utf8).withUnsafeBufferPointer { HostName.areSame(one, $0) }
        }
        // A key that still ends in a dot would lose that dot the second time.
        #expect(isSame == !key.hasSuffix("."))
    }

    @Test("Other hosts are not the same", arguments: ["a.exampl", "b.example", "a.example.b", "", "a.example.:x"])
    func others(_ other: String) {
        let isSame = Array("a.example:80".utf8).withUnsafeBufferPointer { one in
            Array(other.utf8).withUnsafeBufferPointer { HostName.areSame(one, $0) }
        }
        #expect(!isSame)
    }
}
