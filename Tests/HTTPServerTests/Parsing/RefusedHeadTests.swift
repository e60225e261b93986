import Testing

@testable import HTTPServer

struct RefusedHead: Sendable, CustomTestStringConvertible {
    var label: String
    var status: Int
    var bytes: [UInt8]

    init(_ status: Int, _ label: String, _ text: String) {
        self.init(status, label, Array(text.utf8))
    }

    init(_ status: Int, _ label: String, _ bytes: [UInt8]) {
        self.label = label
        self.status = status
        self.bytes = bytes
    }

    var testDescription: String { "\(status) \(label)" }
}

/// A head that is refused for one field line, or more in one string.
private func refused(_ status: Int, _ label: String, fields: String) -> RefusedHead {
    RefusedHead(status, label, "POST / HTTP/1.1\r\nHost: a.example\r\n\(fields)\r\n\r\n")
}

/// A head that is refused for its request line.
private func refused(_ status: Int, _ label: String, line: String) -> RefusedHead {
    RefusedHead(status, label, "\(line)\r\nHost: a.example\r\n\r\n")
}

private let lineEnds = [
    RefusedHead(400, "bare LF behind the request line", "GET / HTTP/1.1\nHost: a.example\r\n\r\n"),
    RefusedHead(400, "bare LF behind a field", "GET / HTTP/1.1\r\nHost: a.example\n\r\n"),
    RefusedHead(400, "bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a.example\r\n\n"),
    RefusedHead(400, "LF first of all", "\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    RefusedHead(400, "CR before the method", "\rGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    RefusedHead(400, "CR before a field", "GET / HTTP/1.1\r\n\rHost: a.example\r\n\r\n"),
    RefusedHead(400, "CR CR LF behind a field", "GET / HTTP/1.1\r\nHost: a.example\r\r\n\r\n"),
    RefusedHead(400, "CR CR LF behind the request line", "GET / HTTP/1.1\r\r\nHost: a.example\r\n\r\n"),
    RefusedHead(400, "CR CR LF as the empty line", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\r\n\r\n"),
    refused(400, "CR in a value", fields: "X: a\rb"),
    refused(400, "CR in a name", fields: "X\rY: a"),
    refused(400, "CR behind the colon", fields: "X:\rY"),
]

private let requestLines = [
    refused(400, "no target", line: "GET HTTP/1.1"),
    refused(400, "an empty target", line: "GET  HTTP/1.1"),
    refused(400, "no version (HTTP/0.9)", line: "GET /"),
    refused(400, "space at the end", line: "GET / HTTP/1.1 "),
    refused(400, "space at the start", line: " GET / HTTP/1.1"),
    refused(400, "two spaces", line: "GET  / HTTP/1.1"),
    refused(400, "a tab for a space", line: "GET\t/ HTTP/1.1"),
    refused(400, "space in the target", line: "GET /a b HTTP/1.1"),
    refused(400, "a method that is not a token", line: "GE(T / HTTP/1.1"),
    refused(400, "a method in quotes", line: "\"GET\" / HTTP/1.1"),
    refused(400, "a fragment", line: "GET /a#b HTTP/1.1"),
    refused(400, "a control character in the target", line: "GET /\u{01} HTTP/1.1"),
    refused(400, "DEL in the target", line: "GET /\u{7F} HTTP/1.1"),
    refused(400, "a letter above ASCII in the target", line: "GET /ä HTTP/1.1"),
    refused(400, "a target without a slash", line: "GET a HTTP/1.1"),
    refused(400, "an asterisk for GET", line: "GET * HTTP/1.1"),
    refused(400, "another scheme", line: "GET ftp://a.example/ HTTP/1.1"),
    refused(400, "no authority", line: "GET http:///a HTTP/1.1"),
    refused(400, "no host but a port", line: "GET http://:80/ HTTP/1.1"),
    refused(400, "user information", line: "GET http://u@a.example/ HTTP/1.1"),
    refused(400, "a port that is no number in the target", line: "GET http://a.example:b/ HTTP/1.1"),
    refused(400, "a version in small letters", line: "GET / http/1.1"),
    refused(400, "a version of two digits", line: "GET / HTTP/1.10"),
    refused(400, "a version without a point", line: "GET / HTTP/11"),
    refused(400, "another protocol", line: "GET / ICAP/1.1"),
    refused(505, "HTTP/2.0", line: "GET / HTTP/2.0"),
    refused(505, "HTTP/0.9", line: "GET / HTTP/0.9"),
    refused(501, "CONNECT", line: "CONNECT a.example:443 HTTP/1.1"),
    RefusedHead(400, "a TLS ClientHello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
    RefusedHead(505, "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
]

private let fields = [
    refused(400, "a folded value", fields: "X: a\r\n b"),
    refused(400, "a folded value by a tab", fields: "X: a\r\n\tb"),
    RefusedHead(400, "white space before the first field", "GET / HTTP/1.1\r\n Host: a.example\r\n\r\n"),
    refused(400, "a space before the colon", fields: "X : a"),
    refused(400, "a tab before the colon", fields: "X\t: a"),
    refused(400, "a space in the name", fields: "X Y: a"),
    refused(400, "no name", fields: ": a"),
    refused(400, "no colon", fields: "X"),
    refused(400, "a name that is not a token", fields: "X(Y): a"),
    refused(400, "a name above ASCII", fields: "Ä: a"),
    refused(400, "NUL in a value", fields: "X: a\0b"),
    refused(400, "NUL at the end of a value", fields: "X: a\0"),
    refused(400, "BEL in a value", fields: "X: \u{07}"),
    refused(400, "ESC in a value", fields: "X: \u{1B}"),
    refused(400, "DEL in a value", fields: "X: \u{7F}"),
]

private let hosts = [
    RefusedHead(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
    RefusedHead(400, "no Host beside an absolute target", "GET http://a.example/ HTTP/1.1\r\n\r\n"),
    refused(400, "a second Host", fields: "Host: b.example"),
    refused(400, "the same Host again", fields: "host: a.example"),
]

private let malformedHosts = [
    "a b", "a\tb", "a.example/b", "u@a.example", "a.example?b", "a.example#b", "a,b", "a\\b", "<a>", "\"a\"", "ä",
    "a:b", "a:80:80", "a:+80", "::1", "[::1", "::1]", "[]", "[::1]80", "[::1]:a", "[g::]", "a[b]", "{a}", "a^b", "a|b",
    "a`b", ":80", ":",
].map { RefusedHead(400, "Host: \($0)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n") }

private let framing = [
    refused(400, "two lengths", fields: "Content-Length: 5\r\nContent-Length: 6"),
    refused(400, "the same length twice", fields: "Content-Length: 5\r\nContent-Length: 5"),
    refused(400, "a list of lengths", fields: "Content-Length: 5, 5"),
    refused(400, "a plus sign", fields: "Content-Length: +5"),
    refused(400, "a minus sign", fields: "Content-Length: -5"),
    refused(400, "an empty length", fields: "Content-Length:"),
    refused(400, "a hexadecimal length", fields: "Content-Length: 0x5"),
    refused(400, "a fraction", fields: "Content-Length: 5.0"),
    refused(400, "a letter behind a length", fields: "Content-Length: 5a"),
    refused(400, "a letter behind a length too large to count", fields: "Content-Length: 99999999999999999999a"),
    refused(400, "digits above ASCII", fields: "Content-Length: \u{0665}"),
    refused(400, "a length and chunks", fields: "Content-Length: 5\r\nTransfer-Encoding: chunked"),
    refused(400, "chunks and a length", fields: "Transfer-Encoding: chunked\r\nContent-Length: 5"),
    refused(400, "chunked twice", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    RefusedHead(400, "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    refused(501, "gzip", fields: "Transfer-Encoding: gzip"),
    refused(501, "gzip and chunked", fields: "Transfer-Encoding: gzip, chunked"),
    refused(501, "identity", fields: "Transfer-Encoding: identity"),
    refused(501, "chunked with a parameter", fields: "Transfer-Encoding: chunked;a=b"),
    refused(501, "a name that starts like chunked", fields: "Transfer-Encoding: xchunked"),
    refused(417, "another expectation", fields: "Expect: 200-ok"),
    refused(417, "an expectation with more", fields: "Expect: 100-continue, x"),
]

private let refusedHeads = lineEnds + requestLines + fields + hosts + malformedHosts + framing

@Suite("Heads that are refused")
struct RefusedHeadTests {
    @Test("A head that is not valid is refused with its status", arguments: refusedHeads)
    func status(_ head: RefusedHead) {
        #expect(readHead([head.bytes[...]]).status == head.status)
    }

    @Test("A head that is not valid is refused in pieces just the same", arguments: refusedHeads)
    func pieces(_ head: RefusedHead) {
        #expect(cutsThatMatter(head.bytes).isEmpty)
    }

    @Test("Every control character is refused in a value, but a tab is not", arguments: Array(UInt8(0)..<32) + [127])
    func controlCharacters(_ byte: UInt8) {
        let head = Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
        #expect(readHead([head[...]]).status == (byte == 9 ? nil : 400))
    }
}
