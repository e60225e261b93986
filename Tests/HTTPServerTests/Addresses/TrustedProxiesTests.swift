import Testing

@testable import HTTPServer

extension TrustedProxies {
    /// Proxies as the configuration lists them.
    init(reading texts: [String]) throws {
        self.init(try texts.map { try #require(Entry($0), "\($0)") })
    }
}

@Suite("Trusted proxies")
struct TrustedProxiesTests {
    @Test("Entries are addresses, blocks and Unix sockets")
    func entries() throws {
        let proxies = try TrustedProxies(reading: ["10.0.0.0/8", "unix", "::1"])
        #expect(proxies.blocks.map(\.description) == ["10.0.0.0/8", "::1"])
        #expect(proxies.includesUnixSockets)
        #expect(!proxies.isEmpty)
    }

    @Test(
        "Anything else is not an entry",
        arguments: ["", "Unix", "unix:", " unix", "/run/a.sock", "*", "10.0.0.1/8", "a.b"])
    func refused(_ text: String) {
        #expect(TrustedProxies.Entry(text) == nil)
    }

    @Test(
        "Peers are trusted if an entry says so",
        arguments: [
            ([], "127.0.0.1", false), ([], nil, false), (["127.0.0.1"], nil, false), (["unix"], nil, true),
            (["unix"], "127.0.0.1", false), (["127.0.0.1"], "127.0.0.1", true), (["127.0.0.1"], "127.0.0.2", false),
            (["::1", "10.0.0.0/8"], "::ffff:10.2.3.4", true), (["::1", "10.0.0.0/8"], "::1", true),
            (["::1", "10.0.0.0/8"], "::2", false),
        ] as [([String], String?, Bool)])
    func containment(_ entries: [String], _ peer: String?, _ isTrusted: Bool) throws {
        let address = try peer.map { try #require(IPAddress($0)) }
        #expect(try TrustedProxies(reading: entries).contains(address) == isTrusted)
    }
}
