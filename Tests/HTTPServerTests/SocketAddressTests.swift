import Testing

@testable import HTTPServer

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test(
        "A host and a port are read, and written as they were",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1", 8080), ("localhost:0", "localhost", 0), (":80", "", 80),
            ("[::1]:443", "::1", 443), ("[::]:65535", "::", 65535), ("a.example:1", "a.example", 1),
        ] as [(String, String, UInt16)])
    func parsed(_ text: String, _ host: String, _ port: UInt16) throws {
        let address = try #require(SocketAddress(text))
        #expect(address == SocketAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(
        "A wildcard address overlaps every address with the same port",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1:80", true), ("localhost:80", "127.0.0.1:80", true),
            (":80", "127.0.0.1:80", true), ("0.0.0.0:80", "192.0.2.1:80", true), ("[::]:80", "0.0.0.0:80", true),
            ("[::]:80", "192.0.2.1:80", true), ("[::]:80", "[2001:db8::1]:80", true), ("unix:a", "unix:./a", true),
            ("0.0.0.0:80", "[2001:db8::1]:80", false), ("0.0.0.0:80", "127.0.0.1:81", false), (":0", ":0", false),
            ("127.0.0.1:80", "127.0.0.2:80", false), ("unix:a", "unix:b", false), ("unix:80", ":80", false),
        ])
    func overlap(_ one: String, _ other: String, _ expected: Bool) throws {
        let (one, other) = (try #require(SocketAddress(one)), try #require(SocketAddress(other)))
        #expect(one.overlaps(other) == expected)
        #expect(other.overlaps(one) == expected)
    }

    @Test(
        "Anything else is not an address",
        arguments: [
            "", "8080", "localhost", "localhost:", ":", "localhost:http", "localhost:+80", "localhost:-1",
            "localhost:65536", "localhost: 80", "localhost:80 ", "::1:80", "::1", "[::1]", "[::1", "[::1:80", "::1]:80",
            "[::1]x:80", "localhost:٨٠",
        ])
    func refused(_ text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
