import Testing

@testable import HTTPServer

private let lines = [
    rule(
        "RFC 9112 §2.2", "a line ends in CR LF, and neither occurs alone",
        .rejected(400, "bare LF after the request line", "GET / HTTP/1.1\nHost: a.example\r\n\r\n"),
        .rejected(400, "bare LF after a field", "GET / HTTP/1.1\r\nHost: a.example\n\r\n"),
        .rejected(400, "bare LF before text that looks like a field", fields: "X: a\nContent-Length: 5"),
        .rejected(400, "bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a.example\r\n\n"),
        .rejected(400, "CR before a field", "GET / HTTP/1.1\r\n\rHost: a.example\r\n\r\n"),
        .rejected(400, "CR CR LF after a field", "GET / HTTP/1.1\r\nHost: a.example\r\r\n\r\n"),
        .rejected(400, "CR CR LF after the request line", "GET / HTTP/1.1\r\r\nHost: a.example\r\n\r\n"),
        .rejected(400, "CR CR LF as the empty line", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\r\n\r\n"),
        .rejected(400, "CR in the request line", line: "GET /\rHTTP/1.1"),
        .rejected(400, "CR in a value", fields: "X: a\rb"),
        .rejected(400, "CR before text that looks like a field", fields: "X: a\rContent-Length: 5"),
        .rejected(400, "CR in a name", fields: "X\rY: a"),
        .rejected(400, "CR after the colon", fields: "X:\rY")),
    rule(
        "RFC 9112 §2.2", "only empty lines before a request are skipped",
        .accepted("one", "\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        .accepted("three", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        .rejected(400, "LF", "\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        .rejected(400, "CR", "\rGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        .rejected(400, "a line with only a space", " \r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n")),
    rule(
        "RFC 9112 §2.2", "white space before the first field is rejected, because it could hide that field",
        .rejected(400, "a space", "GET / HTTP/1.1\r\n Host: a.example\r\n\r\n"),
        .rejected(400, "a tab", "GET / HTTP/1.1\r\n\tHost: a.example\r\n\r\n"),
        .rejected(400, "a separate line", "GET / HTTP/1.1\r\n \r\nHost: a.example\r\n\r\n")),
    rule(
        "RFC 9112 §2.2", "other protocols are rejected",
        .rejected(400, "a TLS ClientHello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
        .rejected(400, "a byte order mark", "\u{FEFF}GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        .rejected(400, "NUL", "\0")),
    rule(
        "RFC 9112 §2.3", "a version is HTTP, a slash, a digit, a dot and a digit",
        .rejected(400, "no version (HTTP/0.9)", line: "GET /"),
        .rejected(400, "lower case", line: "GET / http/1.1"),
        .rejected(400, "two digits after the dot", line: "GET / HTTP/1.10"),
        .rejected(400, "two digits before the dot", line: "GET / HTTP/01.1"),
        .rejected(400, "no dot", line: "GET / HTTP/11"),
        .rejected(400, "no minor version", line: "GET / HTTP/1"),
        .rejected(400, "a sign", line: "GET / HTTP/+1.1"),
        .rejected(400, "no slash", line: "GET / HTTP 1.1"),
        .rejected(400, "another protocol", line: "GET / ICAP/1.1")),
    rule(
        "RFC 9110 §2.5", "a higher minor version is served as the highest known one",
        .accepted("HTTP/1.2", line: "GET / HTTP/1.2"),
        .accepted("HTTP/1.9", line: "GET / HTTP/1.9")),
    rule(
        "RFC 9110 §15.6.6", "an unsupported major version gets 505",
        .rejected(505, "HTTP/2.0", line: "GET / HTTP/2.0"),
        .rejected(505, "HTTP/3.0", line: "GET / HTTP/3.0"),
        .rejected(505, "HTTP/0.9", line: "GET / HTTP/0.9"),
        .rejected(505, "HTTP/9.9 with an unknown form of target", line: "GET ~ HTTP/9.9"),
        .rejected(505, "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
    rule(
        "RFC 9112 §3", "a request line is three parts with single spaces between",
        .rejected(400, "no target", line: "GET HTTP/1.1"),
        .rejected(400, "an empty target", line: "GET  HTTP/1.1"),
        .rejected(400, "only a method", line: "GET"),
        .rejected(400, "a fourth part", line: "GET / HTTP/1.1 x"),
        .rejected(400, "space at the end", line: "GET / HTTP/1.1 "),
        .rejected(400, "space at the start", line: " GET / HTTP/1.1"),
        .rejected(400, "two spaces before the target", line: "GET  / HTTP/1.1"),
        .rejected(400, "two spaces after the target", line: "GET /  HTTP/1.1"),
        .rejected(400, "a tab instead of a space", line: "GET\t/ HTTP/1.1"),
        .rejected(400, "a form feed instead of a space", line: "GET /\u{0C}HTTP/1.1"),
        .rejected(400, "NUL", line: "GET /\0 HTTP/1.1")),
    rule(
        "RFC 9112 §3, RFC 9110 §9.1", "unregistered methods are not implemented",
        .accepted("a registered method", line: "PROPFIND / HTTP/1.1", HeadFacts(method: "PROPFIND")),
        .accepted(
            "the longest registered method", line: "UPDATEREDIRECTREF / HTTP/1.1",
            HeadFacts(method: "UPDATEREDIRECTREF")),
        .rejected(501, "an unregistered one", line: "BREW / HTTP/1.1"),
        .rejected(501, "a single letter", line: "X / HTTP/1.1"),
        .rejected(501, "lower case", line: "get / HTTP/1.1"),
        .rejected(501, "every special character of a token", line: "X-!#$%&'*+.^_`|~09az / HTTP/1.1"),
        .rejected(501, "a long one", line: String(repeating: "A", count: 5_000) + " / HTTP/1.1"),
        .rejected(
            501, "one longer than the line limit", line: String(repeating: "A", count: 9_000) + " / HTTP/1.1"),
        .rejected(501, "an unregistered one, target too long", line: "BREW /" + String(repeating: "a", count: 9_000)),
        .rejected(501, "CONNECT, target too long", line: "CONNECT " + String(repeating: "a", count: 9_000)),
        .rejected(400, "not a token, line too long", line: "GE(T" + String(repeating: "A", count: 9_000)),
        .rejected(414, "a registered one, target too long", line: "GET /" + String(repeating: "a", count: 9_000)),
        .rejected(505, "an unregistered one in an unsupported version", line: "BREW / HTTP/2.0")),
    rule(
        "RFC 9112 §3.1", "a method is a token",
        .rejected(400, "no method", line: "/ HTTP/1.1"),
        .rejected(400, "a parenthesis", line: "GE(T / HTTP/1.1"),
        .rejected(400, "a colon", line: "GET: / HTTP/1.1"),
        .rejected(400, "a non-ASCII letter", line: "GËT / HTTP/1.1"),
        .rejected(400, "quotes", line: "\"GET\" / HTTP/1.1")),
]

private let targets = [
    rule(
        "RFC 9112 §3.2", "a target has no white space, control characters or fragment",
        .rejected(400, "a space", line: "GET /a b HTTP/1.1"),
        .rejected(400, "a fragment", line: "GET /a#b HTTP/1.1"),
        .rejected(400, "a control character", line: "GET /\u{01} HTTP/1.1"),
        .rejected(400, "DEL", line: "GET /\u{7F} HTTP/1.1"),
        .rejected(400, "a non-ASCII letter", line: "GET /ä HTTP/1.1")),
    rule(
        "RFC 9112 §3.2.1", "origin form: a path and an optional query",
        .accepted("the root", line: "GET / HTTP/1.1"),
        .accepted("a query", line: "GET /a/b?c=/d?e HTTP/1.1", HeadFacts(target: "/a/b?c=/d?e", path: "/a/b")),
        .accepted("an empty query", line: "GET /? HTTP/1.1", HeadFacts(target: "/?")),
        .accepted(
            "two slashes", line: "GET //b.example/ HTTP/1.1", HeadFacts(target: "//b.example/", path: "//b.example/")),
        .accepted(
            "a URL as the path", line: "GET /http://b.example/ HTTP/1.1",
            HeadFacts(target: "/http://b.example/", path: "/http://b.example/")),
        .accepted(
            "percent-encoding, unchanged", line: "GET /%2f%zz HTTP/1.1",
            HeadFacts(target: "/%2f%zz", path: "/%2f%zz")),
        .rejected(400, "no slash", line: "GET a HTTP/1.1"),
        .rejected(400, "only a query", line: "GET ?a HTTP/1.1"),
        .rejected(400, "a backslash", line: "GET \\ HTTP/1.1")),
    rule(
        "RFC 9112 §3.2.2", "absolute form is accepted, and its authority overrides Host",
        .accepted(
            "another authority", line: "GET http://b.example:81/c?d HTTP/1.1",
            HeadFacts(target: "/c?d", path: "/c", authority: "b.example:81")),
        .accepted("without a path", line: "GET http://a.example HTTP/1.1"),
        .accepted("https in upper case", line: "GET HTTPS://a.example/ HTTP/1.1"),
        .accepted("an IPv6 address", line: "GET http://[::1]:80/ HTTP/1.1", HeadFacts(authority: "[::1]:80")),
        .accepted(
            "in HTTP/1.0", "GET http://b.example/ HTTP/1.0\r\n\r\n",
            HeadFacts(authority: "b.example", minorVersion: 0, keepAlive: false)),
        .accepted("a query and no path", line: "GET http://a.example?b=/c?d HTTP/1.1", HeadFacts(target: "/?b=/c?d")),
        .accepted(
            "an empty query and no path", line: "GET http://b.example:81? HTTP/1.1",
            HeadFacts(target: "/?", authority: "b.example:81")),
        .accepted("user information in a query", line: "GET http://a.example?u@b HTTP/1.1", HeadFacts(target: "/?u@b")),
        .rejected(400, "a query without an authority", line: "GET http://?b HTTP/1.1"),
        .rejected(400, "a port that is not a number, and a query", line: "GET http://a.example:b?c HTTP/1.1"),
        .rejected(400, "another scheme", line: "GET ftp://a.example/ HTTP/1.1"),
        .rejected(400, "no scheme", line: "GET a.example/ HTTP/1.1"),
        .rejected(400, "one slash", line: "GET http:/a.example/ HTTP/1.1"),
        .rejected(400, "no authority", line: "GET http:///a HTTP/1.1"),
        .rejected(400, "nothing after the scheme", line: "GET http:// HTTP/1.1"),
        .rejected(400, "a port without a host", line: "GET http://:80/ HTTP/1.1"),
        .rejected(400, "a port that is not a number", line: "GET http://a.example:b/ HTTP/1.1"),
        .rejected(400, "a backslash in the authority", line: "GET http://a.example\\b/ HTTP/1.1")),
    rule(
        "RFC 9110 §4.2.4", "user information in a target is rejected",
        .rejected(400, "a name", line: "GET http://u@a.example/ HTTP/1.1"),
        .rejected(400, "a name and a password", line: "GET http://u:p@a.example/ HTTP/1.1")),
    rule(
        "RFC 9112 §3.2.3", "authority form is only for CONNECT, which is not implemented (RFC 9110 §9.1)",
        .rejected(501, "CONNECT", line: "CONNECT a.example:443 HTTP/1.1"),
        .rejected(501, "CONNECT without a port", line: "CONNECT a.example HTTP/1.1"),
        .rejected(501, "CONNECT in origin form", line: "CONNECT / HTTP/1.1"),
        .rejected(501, "CONNECT in absolute form", line: "CONNECT http://a.example/ HTTP/1.1"),
        .rejected(400, "GET", line: "GET a.example:443 HTTP/1.1")),
    rule(
        "RFC 9112 §3.2.4", "asterisk form is only for OPTIONS",
        .accepted("OPTIONS", line: "OPTIONS * HTTP/1.1", HeadFacts(method: "OPTIONS", target: "*", path: "*")),
        .accepted(
            "OPTIONS in absolute form, without a path", line: "OPTIONS http://a.example HTTP/1.1",
            HeadFacts(method: "OPTIONS", target: "*", path: "*")),
        .accepted(
            "OPTIONS in absolute form, with a path", line: "OPTIONS http://a.example/ HTTP/1.1",
            HeadFacts(method: "OPTIONS")),
        .accepted(
            "OPTIONS in absolute form, with a query", line: "OPTIONS http://a.example?b HTTP/1.1",
            HeadFacts(method: "OPTIONS", target: "/?b")),
        .accepted("OPTIONS of a path", line: "OPTIONS / HTTP/1.1", HeadFacts(method: "OPTIONS")),
        .rejected(400, "an asterisk and a query", line: "OPTIONS *?a HTTP/1.1"),
        .rejected(400, "two asterisks", line: "OPTIONS ** HTTP/1.1"),
        .rejected(400, "GET", line: "GET * HTTP/1.1")),
]

@Suite("Request lines, by the RFC")
struct RequestLineTests {
    @Test("Lines and versions", arguments: lines.flatMap { $0 })
    func line(_ head: HeadCase) { head.check() }

    @Test("Targets", arguments: targets.flatMap { $0 })
    func target(_ head: HeadCase) { head.check() }
}
