import Testing

@testable import HTTPServer

@Suite("Forwarded field")
struct ForwardedTests {
    @Test(
        "One element has the facts that its proxy saw",
        arguments: [
            ("for=203.0.113.7", .read(client: "203.0.113.7")),
            ("For=\"203.0.113.7\"", .read(client: "203.0.113.7")),
            ("for=\"203.0.113.7:4711\"", .read(client: "203.0.113.7")),
            ("for=\"203.0.113.7:_port\"", .read(client: "203.0.113.7")),
            ("for=\"[2001:db8:cafe::17]\"", .read(client: "2001:db8:cafe::17")),
            ("For=\"[2001:db8:cafe::17]:4711\"", .read(client: "2001:db8:cafe::17")),
            ("for=\"[::ffff:203.0.113.7]:1\"", .read(client: "203.0.113.7")),
            ("for=\"203.0.113.7:00080\"", .read(client: "203.0.113.7")),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", .read(client: "192.0.2.60", isHTTPS: false)),
            (
                "proto=https;host=status.example;for=192.0.2.60;by=_me",
                .read(client: "192.0.2.60", isHTTPS: true, host: "status.example")
            ),
            ("PROTO=HTTPS;HOST=\"status.example:8443\"", .read(isHTTPS: true, host: "status.example:8443")),
            ("host=\"[2001:db8::1]:80\"", .read(host: "[2001:db8::1]:80")),
            ("proto=\"https\"", .read(isHTTPS: true)),
            ("proto=wss", .read()), ("proto=a+b-c.1", .read()),
            // Clients without an address.
            ("for=unknown", .read()), ("for=Unknown", .read()), ("for=\"unknown:80\"", .read()),
            ("for=_hidden", .read()),
            ("for=_SEVKISEK", .read()), ("for=\"_a.b-c_1:_p\"", .read()),
            ("for=unknown;proto=https", .read(isHTTPS: true)),
            ("by=_a", .read()), ("by=unknown", .read()), ("by=\"[::1]:80\"", .read()), ("by=\"unknown:_x\"", .read()),
            // Other parameters.
            ("for=203.0.113.7;secret=x;a=\"b,c;d\\\"e=\\\\\";x=\"\"", .read(client: "203.0.113.7")),
            ("forx=1.2.3.4;xfor=1.2.3.4", .read()),
            // Empty pairs, empty elements and blanks.
            ("", .read()), (",", .read()), (" , ,\t", .read()), (";", .read()), (";;", .read()),
            (";for=203.0.113.7;", .read(client: "203.0.113.7")),
            (", for=203.0.113.7 ,,", .read(client: "203.0.113.7")),
            (
                "for=203.0.113.7 ; proto=https\t;\thost=a.example",
                .read(client: "203.0.113.7", isHTTPS: true, host: "a.example")
            ),
        ] as [(String, ForwardedOutcome)])
    func element(_ value: String, _ outcome: ForwardedOutcome) throws {
        #expect(try readForwarded(["Forwarded: \(value)"]) == outcome)
    }

    @Test(
        "The walk goes from the right, past trusted proxies",
        arguments: [
            ("for=203.0.113.7, for=10.0.0.2", .read(client: "203.0.113.7")),
            ("for=198.51.100.1, for=203.0.113.7, for=10.0.0.2", .read(client: "203.0.113.7")),
            ("for=198.51.100.1,for=203.0.113.7", .read(client: "203.0.113.7")),
            ("for=10.0.0.3, for=10.0.0.2", .read(client: "10.0.0.3")),
            ("for=203.0.113.7, for=\"[2001:db8:aa::1]\", for=10.0.0.2", .read(client: "203.0.113.7")),
            // An entry without an address ends the walk.
            ("for=203.0.113.7, for=unknown, for=10.0.0.2", .read(client: "10.0.0.2")),
            ("for=203.0.113.7, for=_x, for=10.0.0.3, for=10.0.0.2", .read(client: "10.0.0.3")),
            ("for=203.0.113.7, proto=https, for=10.0.0.2", .read(client: "10.0.0.2", isHTTPS: true)),
            ("for=203.0.113.7, proto=https", .read(isHTTPS: true)),
            ("for=203.0.113.7, ;, for=10.0.0.2", .read(client: "10.0.0.2")),
            ("for=203.0.113.7, by=10.0.0.1", .read()),
            // Host and proto come from the element that names the client,
            (
                "for=203.0.113.7;proto=https;host=a.example, for=10.0.0.2;proto=http;host=b.example",
                .read(client: "203.0.113.7", isHTTPS: true, host: "a.example")
            ),
            (
                "for=10.0.0.3;proto=https;host=a.example, for=10.0.0.2;proto=http;host=b.example",
                .read(client: "10.0.0.3", isHTTPS: true, host: "a.example")
            ),
            // or from the next element to its right if they are missing,
            (
                "for=203.0.113.7, for=10.0.0.2;proto=http;host=b.example",
                .read(client: "203.0.113.7", isHTTPS: false, host: "b.example")
            ),
            (
                "for=203.0.113.7;host=a.example, for=10.0.0.2;proto=http;host=b.example",
                .read(client: "203.0.113.7", isHTTPS: false, host: "a.example")
            ),
            (
                "for=203.0.113.7, for=10.0.0.3;proto=https, for=10.0.0.2;proto=http;host=c.example",
                .read(client: "203.0.113.7", isHTTPS: true, host: "c.example")
            ),
            ("for=203.0.113.7;proto=wss, for=10.0.0.2;proto=https", .read(client: "203.0.113.7", isHTTPS: true)),
            ("for=unknown;proto=https, for=10.0.0.2;proto=http", .read(client: "10.0.0.2", isHTTPS: true)),
            // and never from an element further left, which the client may have forged.
            ("for=198.51.100.1;proto=https;host=evil.example, for=203.0.113.7", .read(client: "203.0.113.7")),
            (
                "for=10.0.0.9;proto=https;host=evil.example, for=203.0.113.7;proto=http",
                .read(client: "203.0.113.7", isHTTPS: false)
            ),
            (
                "for=10.0.0.9;host=evil.example, for=203.0.113.7, for=10.0.0.2;host=b.example",
                .read(client: "203.0.113.7", host: "b.example")
            ),
            ("for=10.0.0.9;host=evil.example, proto=https", .read(isHTTPS: true)),
        ] as [(String, ForwardedOutcome)])
    func walk(_ value: String, _ outcome: ForwardedOutcome) throws {
        #expect(try readForwarded(["Forwarded: \(value)"]) == outcome)
        // Several lines are one list.
        if !value.contains("\"") {
            let lines = value.split(separator: ",").map { "forwarded: \($0)" }
            #expect(try readForwarded(lines) == outcome)
        }
    }

    @Test("A proxy on a Unix socket names its client, or does not")
    func unixSocket() throws {
        #expect(try readForwarded(["Forwarded: for=203.0.113.7"], peer: nil) == .read(client: "203.0.113.7"))
        #expect(try readForwarded(["Forwarded: for=unknown"], peer: nil) == .read(client: nil))
    }

    @Test(
        "Malformed elements are rejected, anywhere in the list",
        arguments: [
            "for", "for=", "=203.0.113.7", "for =203.0.113.7", "for= 203.0.113.7", "for==203.0.113.7", "203.0.113.7",
            "for=203.0.113.7 proto=https", "for=203.0.113.7;proto", "for=203.0.113.7;=x", "for=\"203.0.113.7",
            "for=\"203.0.113.7\\\"", "for=\"", "for=\"\\", "for=203.0.113.7\"", "for=\"203.0.113.7\"x", "for=[::1]",
            "for=203.0.113.7:80", "x=\"a\"\"b\"", "x=a:b", "x=(a)", "for:203.0.113.7", "é=1",
            "x=é",
            "for=203.0.113.7/proto=https", "host=a.example:80", "\"for\"=203.0.113.7",
            "for=203.0.113.7;for=203.0.113.7", "for=unknown;FOR=203.0.113.7", "proto=http;proto=http",
            "proto=wss;proto=https", "host=a;host=a", "by=_a;by=_a",
        ])
    func malformed(_ value: String) throws {
        try expectRefused(value, "The Forwarded field is malformed.")
    }

    @Test(
        "A malformed address of a client or a proxy is rejected",
        arguments: [
            "\"\"", "a.example", "localhost", "2001:db8::1", "unknowns", "_", "\"_ab!\"", "\"_a:\"", "203.0.113",
            "203.0.113.07",
            "\"203.0.113.7:\"", "\"203.0.113.7:123456\"", "\"203.0.113.7:+1\"", "\"203.0.113.7:_\"",
            "\"203.0.113.7:_a!\"", "\"2001:db8::1\"", "\"[2001:db8::1]x\"", "\"[2001:db8::1]80\"", "\"[203.0.113.7]\"",
            "\"[2001:db8::1\"", "\"[]\"", "\"[]:80\"", "\"[::1%1]\"", "\" 203.0.113.7\"", "\"203.0.113.7, 1.2.3.4\"",
            "\"203.0.113.7\\:80\"", "\"\\203.0.113.7\"",
        ])
    func malformedNode(_ node: String) throws {
        try expectRefused("for=\(node)", "An address in the Forwarded field is malformed.")
        try expectRefused("by=\(node)", "An address in the Forwarded field is malformed.")
    }

    @Test(
        "A malformed host is rejected",
        arguments: [
            "\"\"", "\"a b\"", "\"user@a.example\"", "\"a.example/\"", "\"a.example:x\"", "\":80\"", "\"a,b\"",
            "\"[x]\"",
            "\"a\\.example\"", "\"é.example\"",
        ])
    func malformedHost(_ host: String) throws {
        try expectRefused("host=\(host)", "The host in the Forwarded field is malformed.")
    }

    @Test(
        "A malformed scheme is rejected",
        arguments: ["\"\"", "1", "-", "\"https:\"", "\"ht tp\"", "\"https\\s\"", "a_b"])
    func malformedProto(_ proto: String) throws {
        try expectRefused("proto=\(proto)", "The proto in the Forwarded field is malformed.")
    }

    private func expectRefused(_ value: String, _ reason: String) throws {
        for whole in [value, "for=203.0.113.7, \(value)", "\(value),for=203.0.113.7", "secret=x;\(value)"] {
            #expect(try readForwarded(["Forwarded: \(whole)"]) == .refused(reason))
        }
        #expect(try readForwarded(["Forwarded: for=203.0.113.7", "Forwarded: \(value)"]) == .refused(reason))
        #expect(try readForwarded(["Forwarded: \(value)", "Forwarded: for=203.0.113.7"]) == .refused(reason))
    }
}
