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
        "Anything else is no address",
        arguments: [
            "", "8080", "localhost", "localhost:", ":", "localhost:http", "localhost:+80", "localhost:-1",
            "localhost:65536", "localhost: 80", "localhost:80 ", "::1:80", "::1", "[::1]", "[::1", "[::1:80", "::1]:80",
            "[::1]x:80", "localhost:٨٠",
        ])
    func refused(_ text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
