import Testing

@testable import HTTPServer

@Suite("X-Forwarded fields")
struct XForwardedTests {
    @Test("Without fields the peer is the client", arguments: ["10.0.0.1", "2001:db8:aa::1", nil])
    func nothing(peer: String?) throws {
        #expect(try readForwarded([], peer: peer) == .read(client: peer))
    }

    @Test(
        "The client is the first address from the right that is not a trusted proxy",
        arguments: [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("203.0.113.7, 10.0.0.2, 10.0.0.3", "203.0.113.7"),
            // The client's own entries are further left.
            ("127.0.0.1, 203.0.113.7", "203.0.113.7"),
            ("10.0.0.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("garbage, 203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("2001:db8::7, 2001:db8:aa::1", "2001:db8::7"),
            ("::ffff:203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"),
            // All addresses are trusted: the furthest one is the client.
            ("10.0.0.2", "10.0.0.2"),
            ("10.0.0.4, 10.0.0.3, 10.0.0.2", "10.0.0.4"),
            ("10.0.0.1", "10.0.0.1"),
            // Any blanks, and the empty elements that lists may have.
            ("203.0.113.7,10.0.0.2", "203.0.113.7"), ("\t203.0.113.7 ,\t10.0.0.2 ", "203.0.113.7"),
            (", 203.0.113.7,, 10.0.0.2,", "203.0.113.7"),
            ("", "10.0.0.1"), (" , ,", "10.0.0.1"),
        ])
    func client(_ list: String, _ client: String) throws {
        #expect(try readForwarded(["X-Forwarded-For: \(list)"]) == .read(client: client))
    }

    @Test(
        "An entry can have a port, and IPv6 brackets",
        arguments: [
            ("203.0.113.7:555", "203.0.113.7"), ("203.0.113.7:0", "203.0.113.7"), ("203.0.113.7:65535", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"), ("[2001:db8::7]", "2001:db8::7"), ("[2001:db8::7]:555", "2001:db8::7"),
            ("203.0.113.7:555, [2001:db8:aa::1]:80, 10.0.0.2:1", "203.0.113.7"),
            // Another address, not a port.
            ("2001:db8::7:555", "2001:db8::7:555"),
        ])
    func ports(_ list: String, _ client: String) throws {
        #expect(try readForwarded(["X-Forwarded-For: \(list)"]) == .read(client: client))
    }

    @Test(
        "An entry that is not an address ends the walk, at the last trusted hop before it",
        arguments: [
            "unknown", "-", "_hidden", "a.example", "localhost", "unix:", "203.0.113", "203.0.113.07", "203.0.113.7:",
            "203.0.113.7:x", "203.0.113.7:123456", "203.0.113.7:+1", "203.0.113.7 10.0.0.2", "203.0.113.7;10.0.0.2",
            "\"203.0.113.7\"", "for=203.0.113.7", "[203.0.113.7]", "[203.0.113.7]:80", "[2001:db8::7", "2001:db8::7]",
            "[2001:db8::7]x", "[2001:db8::7]80", "[2001:db8::7]:", "[]", "[]:80", "[", "]", ":", ":80", "[:]",
            "2001:db8::7%1", "203.0.113.7/32", "203.0.113.7\u{a0}", "é",
        ])
    func noAddress(_ entry: String) throws {
        #expect(try readForwarded(["X-Forwarded-For: \(entry)"]) == .read(client: "10.0.0.1"))
        #expect(try readForwarded(["X-Forwarded-For: \(entry), 10.0.0.2"]) == .read(client: "10.0.0.2"))
        let between = "203.0.113.7, \(entry), 10.0.0.3, 10.0.0.2"
        #expect(try readForwarded(["X-Forwarded-For: \(between)"]) == .read(client: "10.0.0.3"))
        #expect(try readForwarded(["X-Forwarded-For: \(entry)"], peer: nil) == .read(client: nil))
    }

    @Test("Several lines are one list, and names are case-insensitive")
    func severalLines() throws {
        let lines = ["X-Forwarded-For: 198.51.100.1, 203.0.113.7", "Accept: */*", "x-forwarded-for: 10.0.0.2"]
        #expect(try readForwarded(lines) == .read(client: "203.0.113.7"))
        #expect(try readForwarded(lines.reversed()) == .read(client: "203.0.113.7"))
        #expect(
            try readForwarded(["X-FORWARDED-FOR: 203.0.113.7", "X-Forwarded-For: 198.51.100.1"])
                == .read(client: "198.51.100.1"))
    }

    @Test("The address from a proxy on a Unix socket is the client")
    func unixSocket() throws {
        #expect(try readForwarded(["X-Forwarded-For: 203.0.113.7"], peer: nil) == .read(client: "203.0.113.7"))
        #expect(try readForwarded(["X-Forwarded-Proto: https"], peer: nil) == .read(client: nil, isHTTPS: true))
    }

    @Test(
        "The last value of X-Forwarded-Proto counts, if it is a scheme of HTTP",
        arguments: [
            (["https"], true), (["http"], false), (["HTTPS"], true), (["Http"], false), (["http, https"], true),
            (["https, http"], false), (["https,http"], false), (["http", "https"], true), (["https", "http"], false),
            (["https,"], true), (["https", ""], true), (["garbage, https"], true),
            ([""], nil), ([","], nil), (["wss"], nil), (["https, wss"], nil), (["on"], nil), (["\"https\""], nil),
            (["https://"], nil), (["https http"], nil), (["httpsé"], nil),
        ] as [([String], Bool?)])
    func proto(_ lines: [String], _ isHTTPS: Bool?) throws {
        #expect(try readForwarded(lines.map { "X-Forwarded-Proto: \($0)" }) == .read(isHTTPS: isHTTPS))
    }

    @Test(
        "The last value of X-Forwarded-Host counts",
        arguments: [
            (["status.example"], "status.example"), (["status.example:8443"], "status.example:8443"),
            (["203.0.113.7"], "203.0.113.7"), (["[2001:db8::1]:80"], "[2001:db8::1]:80"),
            (["Status.Example"], "Status.Example"), (["a.example, b.example"], "b.example"),
            (["a.example,b.example ,"], "b.example"), (["a.example", "b.example"], "b.example"),
            (["b@d, a.example"], "a.example"), ([""], nil), ([" , "], nil),
        ] as [([String], String?)])
    func host(_ lines: [String], _ host: String?) throws {
        #expect(try readForwarded(lines.map { "X-Forwarded-Host: \($0)" }) == .read(host: host))
    }

    @Test(
        "A malformed last host is rejected",
        arguments: [
            "a b", "user@a.example", "http://a.example", "a.example/", "a.example:x", "a.example:80:80", ":80",
            "[2001:db8::1", "[x]", "a.example?", "\"a.example\"", "é.example", "good.example, b@d", "b\\d",
        ])
    func malformedHost(_ value: String) throws {
        let outcome = try readForwarded(["X-Forwarded-Host: \(value)"])
        #expect(outcome == .refused("The X-Forwarded-Host field is malformed."))
    }

    @Test("The fields are independent of each other")
    func together() throws {
        let lines = ["X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Host: status.example"]
        let outcome = ForwardedOutcome.read(client: "203.0.113.7", isHTTPS: true, host: "status.example")
        #expect(try readForwarded(lines) == outcome)
        #expect(try readForwarded(lines.reversed()) == outcome)
        // Related fields are ignored.
        let others = ["X-Forwarded-Port: 1", "X-Forwarded-Server: x", "X-Real-IP: 1.2.3.4", "X-Forwarded: for=1.2.3.4"]
        #expect(try readForwarded(others) == .read())
    }
}
