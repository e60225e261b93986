import Testing

@testable import HTTPServer

@Suite("Forwarded together with X-Forwarded fields")
struct ForwardedAgreementTests {
    @Test(
        "Facts in both kinds of fields count if they agree, and facts in only one kind always count",
        arguments: [
            (["X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.7"], .read(client: "203.0.113.7")),
            (["X-Forwarded-For: 203.0.113.7:1", "Forwarded: for=\"203.0.113.7:2\""], .read(client: "203.0.113.7")),
            (["X-Forwarded-For: ::ffff:203.0.113.7", "Forwarded: for=203.0.113.7"], .read(client: "203.0.113.7")),
            // The lists may differ in entries that do not count.
            (
                ["X-Forwarded-For: 1.2.3.4, 203.0.113.7", "Forwarded: for=203.0.113.7, for=10.0.0.2"],
                .read(client: "203.0.113.7")
            ),
            (["X-Forwarded-For: unknown", "Forwarded: for=_x"], .read()),
            (["X-Forwarded-For: garbage", "Forwarded: for=10.0.0.1"], .read()),
            (
                ["X-Forwarded-For: 203.0.113.7", "Forwarded: proto=https;host=a.example"],
                .read(client: "203.0.113.7", isHTTPS: true, host: "a.example")
            ),
            (
                ["X-Forwarded-Proto: https", "X-Forwarded-Host: a.example", "Forwarded: for=203.0.113.7"],
                .read(client: "203.0.113.7", isHTTPS: true, host: "a.example")
            ),
            (["X-Forwarded-For: 203.0.113.7", "Forwarded: "], .read(client: "203.0.113.7")),
            (["X-Forwarded-For: ", "Forwarded: for=203.0.113.7"], .read(client: "203.0.113.7")),
            (["X-Forwarded-Proto: https", "Forwarded: proto=HTTPS"], .read(isHTTPS: true)),
            (["X-Forwarded-Proto: wss", "Forwarded: proto=https"], .read(isHTTPS: true)),
            (["X-Forwarded-Proto: http", "Forwarded: proto=wss"], .read(isHTTPS: false)),
            (["X-Forwarded-Host: A.example", "Forwarded: host=a.Example"], .read(host: "a.Example")),
            (["X-Forwarded-Host: ", "Forwarded: host=a.example"], .read(host: "a.example")),
            (["X-Forwarded-Host: a.example", "Forwarded: host=\"a.example:80\""], .read(host: "a.example:80")),
            (["X-Forwarded-Host: A.example.:443", "Forwarded: host=a.Example"], .read(host: "a.Example")),
        ] as [([String], ForwardedOutcome)])
    func agreement(_ lines: [String], _ outcome: ForwardedOutcome) throws {
        #expect(try readForwarded(lines) == outcome)
        #expect(try readForwarded(lines.reversed()) == outcome)
    }

    @Test(
        "A request with contradictory fields is rejected: the client may have sent one of them",
        arguments: [
            (["X-Forwarded-For: 203.0.113.7", "Forwarded: for=127.0.0.1"], "X-Forwarded-For"),
            (["X-Forwarded-For: 127.0.0.1", "Forwarded: for=203.0.113.7"], "X-Forwarded-For"),
            (["X-Forwarded-For: 203.0.113.7", "Forwarded: for=198.51.100.1, for=10.0.0.2"], "X-Forwarded-For"),
            (["X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.7, for=198.51.100.1"], "X-Forwarded-For"),
            // One kind names a trusted proxy as the client, or does not name the client.
            (["X-Forwarded-For: 203.0.113.7", "Forwarded: for=unknown"], "X-Forwarded-For"),
            (["X-Forwarded-For: unknown", "Forwarded: for=203.0.113.7"], "X-Forwarded-For"),
            (["X-Forwarded-For: 10.0.0.2", "Forwarded: for=10.0.0.3"], "X-Forwarded-For"),
            (["X-Forwarded-Proto: http", "Forwarded: proto=https"], "X-Forwarded-Proto"),
            (["X-Forwarded-Proto: https", "Forwarded: for=203.0.113.7;proto=http"], "X-Forwarded-Proto"),
            (["X-Forwarded-Host: a.example", "Forwarded: host=b.example"], "X-Forwarded-Host"),
            (["X-Forwarded-Host: a.example", "Forwarded: host=\"a.example..\""], "X-Forwarded-Host"),
            (["X-Forwarded-Host: a.example", "Forwarded: host=a.exampl"], "X-Forwarded-Host"),
            (
                [
                    "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Host: a.example",
                    "Forwarded: for=203.0.113.7;host=evil.example",
                ], "X-Forwarded-Host"
            ),
        ])
    func disagreement(_ lines: [String], _ field: String) throws {
        let outcome = ForwardedOutcome.refused("The Forwarded and \(field) fields disagree.")
        #expect(try readForwarded(lines) == outcome)
        #expect(try readForwarded(lines.reversed()) == outcome)
    }

    @Test("If only one kind of field names the client of a Unix socket, the fields disagree")
    func unixSocket() throws {
        let lines = ["X-Forwarded-For: unknown", "Forwarded: for=203.0.113.7"]
        let outcome = ForwardedOutcome.refused("The Forwarded and X-Forwarded-For fields disagree.")
        #expect(try readForwarded(lines, peer: nil) == outcome)
        #expect(try readForwarded(["X-Forwarded-For: unknown", "Forwarded: for=_x"], peer: nil) == .read(client: nil))
    }

    @Test("A malformed field is rejected, whatever the other says")
    func malformed() throws {
        #expect(
            try readForwarded(["X-Forwarded-For: 203.0.113.7", "Forwarded: for=127.1"])
                == .refused("An address in the Forwarded field is malformed."))
        #expect(
            try readForwarded(["X-Forwarded-Host: a b", "Forwarded: host=a.example"])
                == .refused("The X-Forwarded-Host field is malformed."))
    }
}
