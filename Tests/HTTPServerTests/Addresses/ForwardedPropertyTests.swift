import TestSupport
import Testing

@testable import HTTPServer

@Suite("Forwarded fields of any content")
struct ForwardedPropertyTests {
    /// The rule as documented, applied to the whole list from the right.
    private func walk(_ entries: [String], peer: String) -> String {
        var client = peer
        for entry in entries.reversed() {
            guard entry.contains(".") else { break }
            client = entry
            guard entry.hasPrefix("10.") else { break }
        }
        return client
    }

    @Test("The client is the first untrusted address from the right")
    func walks() throws {
        var random = SeededGenerator(seed: 1)
        let entries = ["10.0.0.2", "10.0.0.3", "10.0.0.4", "203.0.113.7", "198.51.100.1", "unknown", "_x"]
        for _ in 0..<2_000 {
            let list = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                entries[Int.random(in: 0..<entries.count, using: &random)]
            }
            let outcome = ForwardedOutcome.read(client: walk(list, peer: "10.0.0.1"))
            #expect(try readForwarded(["X-Forwarded-For: \(list.joined(separator: ", "))"]) == outcome)
            #expect(try readForwarded(list.map { "Forwarded: for=\($0)" }) == outcome)
        }
    }

    /// The parts of the fields, so that random values get far into the parsers.
    private static let pieces = [
        "for=", "by=", "host=", "proto=", "https", "http", "\"", "\"", "\\", ",", ";", "=", " ", "[", "]", ":", ":",
        "_", "unknown", "10.0.0.2", "203.0.113.7", "2001:db8::1", "::", "a.example", "4711", "x", "\t", "é",
    ].map { Array($0.utf8) }

    @Test("Random fields are read or rejected, and every host found is valid", arguments: 0..<8 as Range<UInt64>)
    func randomFields(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let proxies = try TrustedProxies(reading: ["10.0.0.0/8"])
        var reported = 0
        for _ in 0..<2_000 {
            let name = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"].randomElement(
                using: &random)
            var head = Array("GET / HTTP/1.1\r\nHost: a.example\r\n\(name ?? ""):".utf8)
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                if Bool.random(using: &random), let piece = Self.pieces.randomElement(using: &random) {
                    head += piece
                } else if Int.random(in: 0..<8, using: &random) == 0 {
                    let byte = UInt8.random(in: 0...255, using: &random)
                    if ASCII.isFieldContent(byte) { head.append(byte) }
                }
            }
            head += Array("\r\n\r\n".utf8)
            switch try readForwarded(head: head, peer: IPAddress("10.0.0.1"), proxies: proxies) {
            case .read(let facts):
                reported += 1
                if let host = facts.host {
                    #expect(!host.isEmpty && withBytes(host, RequestTarget.isAuthority))
                }
                #expect(facts.client != nil)
            case .refused(let fault):
                #expect(fault.status == 400)
            }
        }
        // Both outcomes must be frequent.
        #expect(reported > 200 && reported < 1_900)
    }
}
