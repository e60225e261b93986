import Testing

@testable import HTTPServer

private let rules = [
    rule(
        "RFC 9112 §3.2", "HTTP/1.1 has one Host",
        .refused(400, "none", "GET / HTTP/1.1\r\n\r\n"),
        .refused(400, "none with an absolute target", "GET http://a.example/ HTTP/1.1\r\n\r\n"),
        .refused(400, "none in a higher minor version", "GET / HTTP/1.2\r\n\r\n"),
        .refused(400, "a second one", fields: "Host: b.example"),
        .refused(400, "the same one again", fields: "host: a.example"),
        .refused(400, "a second one that is empty", fields: "Host:"),
        .refused(400, "two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        .refused(400, "a malformed one with an absolute target", "GET http://a/ HTTP/1.1\r\nHost: b/c\r\n\r\n"),
        .served(
            "none in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n",
            HeadFacts(authority: "", minorVersion: 0, keepAlive: false))),
    rule(
        "RFC 9110 §7.2", "Host is a host with an optional port, or empty",
        .served(host: ""), .served(host: "a.example"), .served(host: "a.example:8080"), .served(host: "a.example:"),
        .served(host: "A.Example."), .served(host: "127.0.0.1"), .served(host: "80"),
        .refused(400, host: ":80"), .refused(400, host: ":"), .refused(400, host: "a:b"), .refused(400, host: "a:+80"),
        .refused(400, host: "a:80:80"), .refused(400, host: "a: 80"), .refused(400, host: "u@a.example"),
        .refused(400, host: "http://a.example"), .refused(400, host: "a.example/b"), .refused(400, host: "a.example?b"),
        .refused(400, host: "a.example#b"), .refused(400, host: "a,b"), .refused(400, host: "a.example, a.example")),
    rule(
        "RFC 3986 §3.2.2", "a name contains only allowed characters",
        .served(host: "aZ0-._~%41!$&'()*+;="), .served(host: "%e4%C3.example"),
        .refused(400, host: "a b"), .refused(400, host: "a\tb"), .refused(400, host: "a\\b"),
        .refused(400, host: "<a>"),
        .refused(400, host: "\"a\""), .refused(400, host: "ä"), .refused(400, host: "a[b]"), .refused(400, host: "{a}"),
        .refused(400, host: "a^b"), .refused(400, host: "a|b"), .refused(400, host: "a`b")),
    rule(
        "RFC 3986 §3.2.2", "an IPv6 address is in brackets",
        .served(host: "[::1]"), .served(host: "[::1]:80"), .served(host: "[::]:"), .served(host: "[2001:DB8::a:0:1]"),
        .served(host: "[1:2:3:4:5:6:7:8]"), .served(host: "[::ffff:192.0.2.1]"),
        .served(host: "[1111:2222:3333:4444:5555:6666:123.123.123.123]:65535"),
        .refused(400, host: "::1"), .refused(400, host: "[::1"), .refused(400, host: "::1]"), .refused(400, host: "[]"),
        .refused(400, host: "[::1]80"), .refused(400, host: "[::1]:a"), .refused(400, host: "[::1]a"),
        .refused(400, host: "[g::]"), .refused(400, host: "[[::1]]"), .refused(400, host: "[fe80::1%25eth0]"),
        .refused(400, host: "[v1.a]"), .refused(400, host: "[1]"), .refused(400, host: "[.]"),
        .refused(400, host: "[:]"), .refused(400, host: "[:::]"), .refused(400, host: "[1::2::3]"),
        .refused(400, host: "[12345::]"), .refused(400, host: "[1:2:3:4:5:6:7:8:9]"),
        .refused(400, host: "[192.0.2.1]"), .refused(400, host: "[::192.0.2.256]"),
        .refused(400, host: "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]")),
    rule(
        "RFC 3986 §2.1", "two hexadecimal digits follow a percent sign",
        .refused(400, host: "%"), .refused(400, host: "a%"), .refused(400, host: "a%4"), .refused(400, host: "a%4g"),
        .refused(400, host: "a%%41"), .refused(400, host: "%:80"), .refused(400, host: "%4:1"),
        .refused(400, "in an absolute target", "GET http://a%/ HTTP/1.1\r\nHost: a.example\r\n\r\n")),
]

@Suite("Host, by the RFC")
struct HostTests {
    @Test("Host", arguments: rules.flatMap { $0 })
    func host(_ head: HeadCase) { head.check() }
}
