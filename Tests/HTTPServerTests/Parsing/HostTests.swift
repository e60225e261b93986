import Testing

@testable import HTTPServer

private let rules = [
    rule(
        "RFC 9112 §3.2", "an HTTP/1.1 request has one Host",
        .rejected(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
        .rejected(400, "no Host with an absolute target", "GET http://a.example/ HTTP/1.1\r\n\r\n"),
        .rejected(400, "no Host in a higher minor version", "GET / HTTP/1.2\r\n\r\n"),
        .rejected(400, "a second Host", fields: "Host: b.example"),
        .rejected(400, "the same Host again", fields: "host: a.example"),
        .rejected(400, "a second, empty Host", fields: "Host:"),
        .rejected(400, "two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        .rejected(400, "a malformed one with an absolute target", "GET http://a/ HTTP/1.1\r\nHost: b/c\r\n\r\n"),
        .accepted(
            "no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n",
            HeadFacts(authority: "", minorVersion: 0, keepAlive: false))),
    rule(
        "RFC 9110 §7.2", "Host is a host with an optional port, or empty",
        .accepted(host: ""), .accepted(host: "a.example"), .accepted(host: "a.example:8080"),
        .accepted(host: "a.example:"),
        .accepted(host: "A.Example."), .accepted(host: "127.0.0.1"), .accepted(host: "80"),
        .rejected(400, host: ":80"), .rejected(400, host: ":"), .rejected(400, host: "a:b"),
        .rejected(400, host: "a:+80"),
        .rejected(400, host: "a:80:80"), .rejected(400, host: "a: 80"), .rejected(400, host: "u@a.example"),
        .rejected(400, host: "http://a.example"), .rejected(400, host: "a.example/b"),
        .rejected(400, host: "a.example?b"),
        .rejected(400, host: "a.example#b"), .rejected(400, host: "a,b"), .rejected(400, host: "a.example, a.example")),
    rule(
        "RFC 3986 §3.2.2", "a name contains only allowed characters",
        .accepted(host: "aZ0-._~%41!$&'()*+;="), .accepted(host: "%e4%C3.example"),
        .rejected(400, host: "a b"), .rejected(400, host: "a\tb"), .rejected(400, host: "a\\b"),
        .rejected(400, host: "<a>"),
        .rejected(400, host: "\"a\""), .rejected(400, host: "ä"), .rejected(400, host: "a[b]"),
        .rejected(400, host: "{a}"),
        .rejected(400, host: "a^b"), .rejected(400, host: "a|b"), .rejected(400, host: "a`b")),
    rule(
        "RFC 3986 §3.2.2", "an IPv6 address is in brackets",
        .accepted(host: "[::1]"), .accepted(host: "[::1]:80"), .accepted(host: "[::]:"),
        .accepted(host: "[2001:DB8::a:0:1]"),
        .accepted(host: "[1:2:3:4:5:6:7:8]"), .accepted(host: "[::ffff:192.0.2.1]"),
        .accepted(host: "[1111:2222:3333:4444:5555:6666:123.123.123.123]:65535"),
        .rejected(400, host: "::1"), .rejected(400, host: "[::1"), .rejected(400, host: "::1]"),
        .rejected(400, host: "[]"),
        .rejected(400, host: "[::1]80"), .rejected(400, host: "[::1]:a"), .rejected(400, host: "[::1]a"),
        .rejected(400, host: "[g::]"), .rejected(400, host: "[[::1]]"), .rejected(400, host: "[fe80::1%25eth0]"),
        .rejected(400, host: "[v1.a]"), .rejected(400, host: "[1]"), .rejected(400, host: "[.]"),
        .rejected(400, host: "[:]"), .rejected(400, host: "[:::]"), .rejected(400, host: "[1::2::3]"),
        .rejected(400, host: "[12345::]"), .rejected(400, host: "[1:2:3:4:5:6:7:8:9]"),
        .rejected(400, host: "[192.0.2.1]"), .rejected(400, host: "[::192.0.2.256]"),
        .rejected(400, host: "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]")),
    rule(
        "RFC 3986 §2.1", "two hexadecimal digits follow a percent sign",
        .rejected(400, host: "%"), .rejected(400, host: "a%"), .rejected(400, host: "a%4"),
        .rejected(400, host: "a%4g"),
        .rejected(400, host: "a%%41"), .rejected(400, host: "%:80"), .rejected(400, host: "%4:1"),
        .rejected(400, "in an absolute target", "GET http://a%/ HTTP/1.1\r\nHost: a.example\r\n\r\n")),
]

@Suite("Host, by the RFC")
struct HostTests {
    @Test("Host", arguments: rules.flatMap { $0 })
    func host(_ head: HeadCase) { head.check() }
}
