import Testing

@testable import HTTPServer

struct ValidHead: Sendable, CustomTestStringConvertible {
    var label: String
    var text: String
    var facts: HeadFacts

    init(_ label: String, _ text: String, _ facts: HeadFacts = HeadFacts()) {
        self.label = label
        self.text = text
        self.facts = facts
    }

    var testDescription: String { label }
}

private let host = "Host: a.example\r\n"

private let targets = [
    ValidHead("origin form", "GET / HTTP/1.1\r\n\(host)\r\n"),
    ValidHead("a query", "GET /a/b?c=/d?e HTTP/1.1\r\n\(host)\r\n", HeadFacts(target: "/a/b?c=/d?e", path: "/a/b")),
    ValidHead("an empty query", "GET /? HTTP/1.1\r\n\(host)\r\n", HeadFacts(target: "/?")),
    ValidHead(
        "percent-encoding left as it is", "GET /%2f%zz HTTP/1.1\r\n\(host)\r\n",
        HeadFacts(target: "/%2f%zz", path: "/%2f%zz")),
    ValidHead(
        "absolute form, whose authority counts more than Host",
        "GET http://b.example:81/c?d HTTP/1.1\r\n\(host)\r\n",
        HeadFacts(target: "/c?d", path: "/c", authority: "b.example:81")),
    ValidHead("absolute form without a path", "GET http://a.example HTTP/1.1\r\n\(host)\r\n"),
    ValidHead("a minor version to come", "GET / HTTP/1.2\r\n\(host)\r\n"),
    ValidHead("absolute form with https in capitals", "GET HTTPS://a.example/ HTTP/1.1\r\n\(host)\r\n"),
    ValidHead(
        "asterisk form", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", HeadFacts(method: "OPTIONS", target: "*", path: "*")),
    ValidHead(
        "a method nobody knows", "X-!#$%&'*+.^_`|~ / HTTP/1.1\r\n\(host)\r\n", HeadFacts(method: "X-!#$%&'*+.^_`|~")),
]

private let hosts = [
    ValidHead("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", HeadFacts(authority: "")),
    ValidHead("a port", "GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n", HeadFacts(authority: "a.example:8080")),
    ValidHead("an empty port", "GET / HTTP/1.1\r\nHost: a.example:\r\n\r\n", HeadFacts(authority: "a.example:")),
    ValidHead("an IPv4 address", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", HeadFacts(authority: "127.0.0.1")),
    ValidHead(
        "a name of all a name may hold", "GET / HTTP/1.1\r\nHost: aZ0-._~%41!$&'()*+;=\r\n\r\n",
        HeadFacts(authority: "aZ0-._~%41!$&'()*+;=")),
    ValidHead("an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", HeadFacts(authority: "[::1]:80")),
    ValidHead(
        "HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", HeadFacts(authority: "", minorVersion: 0, keepAlive: false)),
]

private let connections = [
    ValidHead("HTTP/1.0", "GET / HTTP/1.0\r\n\(host)\r\n", HeadFacts(minorVersion: 0, keepAlive: false)),
    ValidHead(
        "HTTP/1.0 kept alive", "GET / HTTP/1.0\r\n\(host)Connection: Keep-Alive\r\n\r\n", HeadFacts(minorVersion: 0)),
    ValidHead("close", "GET / HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", HeadFacts(keepAlive: false)),
    ValidHead(
        "close in a list", "GET / HTTP/1.1\r\n\(host)Connection: upgrade ,\tCLOSE\r\n\r\n", HeadFacts(keepAlive: false)),
    ValidHead(
        "close in a second field", "GET / HTTP/1.1\r\n\(host)Connection: te\r\nConnection: close\r\n\r\n",
        HeadFacts(keepAlive: false)),
    ValidHead(
        "close beats keep-alive", "GET / HTTP/1.0\r\n\(host)Connection: keep-alive, close\r\n\r\n",
        HeadFacts(minorVersion: 0, keepAlive: false)),
    ValidHead("an option that only contains close", "GET / HTTP/1.1\r\n\(host)Connection: closed\r\n\r\n"),
]

private let bodies = [
    ValidHead("a length", "GET / HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\n", HeadFacts(framing: .length(5))),
    ValidHead("a length of nothing", "GET / HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n"),
    ValidHead("leading zeros", "GET / HTTP/1.1\r\n\(host)content-length:007\r\n\r\n", HeadFacts(framing: .length(7))),
    ValidHead(
        "a length too large to count", "GET / HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n",
        HeadFacts(framing: .length(.max))),
    ValidHead(
        "chunked", "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: Chunked\r\n\r\n", HeadFacts(framing: .chunked)),
    ValidHead(
        "an expectation", "PUT / HTTP/1.1\r\n\(host)Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
        HeadFacts(method: "PUT", framing: .length(1), expectsContinue: true)),
    ValidHead("an expectation without a body", "GET / HTTP/1.1\r\n\(host)Expect: 100-continue\r\n\r\n"),
    ValidHead(
        "an expectation HTTP/1.0 does not know",
        "GET / HTTP/1.0\r\n\(host)Expect: 100-continue\r\nContent-Length: 1\r\n\r\n",
        HeadFacts(minorVersion: 0, framing: .length(1), keepAlive: false)),
]

let validHeads = targets + hosts + connections + bodies

@Suite("Heads that are served")
struct ValidHeadTests {
    @Test("A valid head means what it says", arguments: validHeads)
    func facts(_ head: ValidHead) throws {
        guard case .head(let facts, _, let used) = readHead(head.text) else {
            Issue.record("refused or incomplete: \(readHead(head.text))")
            return
        }
        #expect(facts == head.facts)
        #expect(used == head.text.utf8.count)
    }

    @Test("A valid head means the same in pieces", arguments: validHeads)
    func pieces(_ head: ValidHead) {
        #expect(cutsThatMatter(Array(head.text.utf8)).isEmpty)
    }

    @Test("Fields keep their order and lose the white space around their values")
    func fields() {
        let text = "GET / HTTP/1.1\r\nHost:\t a.example \t\r\nB:\r\na: 1  2\t3\r\nA:x:y\r\n\r\n"
        let fields = ["Host=a.example", "B=", "a=1  2\t3", "A=x:y"]
        #expect(readHead(text) == .head(HeadFacts(), fields: fields, used: text.utf8.count))
    }

    @Test("Bytes above ASCII are let through in a value")
    func obsoleteText() {
        var bytes = Array("GET / HTTP/1.1\r\n\(host)X: ".utf8)
        bytes += [0x80, 0xFF] + Array("\r\n\r\n".utf8)
        let expected = HeadOutcome.head(
            HeadFacts(), fields: ["Host=a.example", "X=\u{FFFD}\u{FFFD}"], used: bytes.count)
        #expect(readHead([bytes[...]]) == expected)
        #expect(cutsThatMatter(bytes).isEmpty)
    }

    @Test("Empty lines before a request are skipped")
    func leadingEmptyLines() {
        let text = "\r\n\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n"
        #expect(readHead(text) == .head(HeadFacts(), fields: ["Host=a.example"], used: text.utf8.count))
        #expect(cutsThatMatter(Array(text.utf8)).isEmpty)
    }

    @Test("What comes behind a head is left alone")
    func pipeline() {
        let text = "GET / HTTP/1.1\r\n\(host)\r\n"
        let whole = HeadOutcome.head(HeadFacts(), fields: ["Host=a.example"], used: text.utf8.count)
        #expect(readHead(text + "\u{16}\n\n") == whole)
        #expect(cutsThatMatter(Array((text + "\u{16}\n\n").utf8)).isEmpty)
    }

    @Test("A head without its end is waited for")
    func incomplete() {
        for text in ["", "\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\(host)\r"] {
            #expect(readHead(text) == .incomplete)
        }
    }
}
