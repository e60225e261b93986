import Testing

@testable import HTTPServer

private let bodies = [
    rule(
        "RFC 9112 §6.3", "a request without a length or a coding has no body",
        .accepted("GET", line: "GET / HTTP/1.1"),
        .accepted("POST", line: "POST / HTTP/1.1", HeadFacts(method: "POST")),
        .accepted("PUT", line: "PUT / HTTP/1.1", HeadFacts(method: "PUT"))),
    rule(
        "RFC 9112 §6", "the fields announce the body, whatever the method",
        .accepted("GET with a length", fields: "Content-Length: 5", HeadFacts(framing: .length(5))),
        .accepted("chunked GET", fields: "Transfer-Encoding: chunked", HeadFacts(framing: .chunked)),
        .accepted(
            "HEAD with a length", "HEAD / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n",
            HeadFacts(method: "HEAD", framing: .length(5))),
        .accepted(
            "a rare method with a length", "LOCK / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n",
            HeadFacts(method: "LOCK", framing: .length(5))),
        .accepted(
            "HTTP/1.0 with a length", "GET / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n",
            HeadFacts(minorVersion: 0, framing: .length(5), keepAlive: false))),
    rule(
        "RFC 9110 §8.6", "Content-Length consists of digits",
        .accepted("zero", fields: "Content-Length: 0"),
        .accepted("leading zeros", fields: "content-length:007", HeadFacts(framing: .length(7))),
        .accepted("white space around it", fields: "Content-Length: \t5\t ", HeadFacts(framing: .length(5))),
        .accepted(
            "the largest Int", fields: "Content-Length: 9223372036854775807",
            HeadFacts(framing: .length(.max))),
        // The parser accepts this length. The body limit rejects it later.
        .accepted(
            "one more than the largest Int", fields: "Content-Length: 9223372036854775808",
            HeadFacts(framing: .length(.max))),
        .accepted(
            "more than 64 bits", fields: "Content-Length: 18446744073709551621",
            HeadFacts(framing: .length(.max))),
        .rejected(400, "a plus sign", fields: "Content-Length: +5"),
        .rejected(400, "a minus sign", fields: "Content-Length: -5"),
        .rejected(400, "empty", fields: "Content-Length:"),
        .rejected(400, "hexadecimal", fields: "Content-Length: 0x5"),
        .rejected(400, "a fraction", fields: "Content-Length: 5.0"),
        .rejected(400, "an exponent", fields: "Content-Length: 5e1"),
        .rejected(400, "an underscore", fields: "Content-Length: 1_0"),
        .rejected(400, "a space inside", fields: "Content-Length: 1 0"),
        .rejected(400, "quotes", fields: "Content-Length: \"5\""),
        .rejected(400, "a letter after it", fields: "Content-Length: 5a"),
        .rejected(400, "a letter after more than 64 bits", fields: "Content-Length: 99999999999999999999a"),
        .rejected(400, "a non-ASCII digit", fields: "Content-Length: \u{0665}"),
        .rejected(400, "a non-ASCII blank", fields: "Content-Length: \u{A0}5")),
    rule(
        "RFC 9112 §6.3", "at most one Content-Length, with one value",
        .rejected(400, "two different values", fields: "Content-Length: 5\r\nContent-Length: 6"),
        .rejected(400, "two equal values", fields: "Content-Length: 5\r\nContent-Length: 5"),
        .rejected(400, "zero and another", fields: "Content-Length: 0\r\nContent-Length: 5"),
        .rejected(400, "two with a field in between", fields: "Content-Length: 5\r\nX: a\r\nCONTENT-LENGTH: 5"),
        .rejected(400, "a list of equal values", fields: "Content-Length: 5, 5"),
        .rejected(400, "a list of different values", fields: "Content-Length: 5, 6"),
        .rejected(400, "a list with an empty member", fields: "Content-Length: 5,"),
        .rejected(400, "a list that starts with an empty member", fields: "Content-Length: ,5")),
    rule(
        "RFC 9112 §6.1, §6.3", "a length and a coding exclude each other",
        .rejected(400, "the length first", fields: "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        .rejected(400, "chunked first", fields: "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        .rejected(400, "a length of zero", fields: "Content-Length: 0\r\nTransfer-Encoding: chunked")),
]

private let codings = [
    rule(
        "RFC 9112 §7.1", "chunked is accepted in upper and lower case",
        .accepted("chunked", fields: "Transfer-Encoding: chunked", HeadFacts(framing: .chunked)),
        .accepted("upper case", fields: "TRANSFER-ENCODING: Chunked", HeadFacts(framing: .chunked)),
        .accepted("white space around it", fields: "Transfer-Encoding: \tchunked \t", HeadFacts(framing: .chunked)),
        .accepted(
            "in a higher minor version", "GET / HTTP/1.9\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n",
            HeadFacts(framing: .chunked))),
    rule(
        "RFC 9112 §6.1", "chunked is applied once",
        .rejected(400, "two lines", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .rejected(400, "a list", fields: "Transfer-Encoding: chunked, chunked")),
    rule(
        "RFC 9112 §6.1", "another coding before chunked is not implemented",
        .rejected(501, "a list", fields: "Transfer-Encoding: gzip, chunked"),
        .rejected(501, "a list without a space", fields: "Transfer-Encoding: gzip,Chunked"),
        .rejected(501, "two lines", fields: "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
        .rejected(501, "an unknown one", fields: "Transfer-Encoding: a;b=\"c\", chunked"),
        .rejected(400, "with a length", fields: "Transfer-Encoding: gzip, chunked\r\nContent-Length: 5")),
    rule(
        "RFC 9112 §6.3", "if chunked is not the last coding, the end of the body is unknown",
        .rejected(400, "gzip", fields: "Transfer-Encoding: gzip"),
        .rejected(400, "gzip and a length", fields: "Transfer-Encoding: gzip\r\nContent-Length: 5"),
        .rejected(400, "gzip after chunked", fields: "Transfer-Encoding: chunked, gzip"),
        .rejected(400, "gzip in a second line", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
        .rejected(400, "identity", fields: "Transfer-Encoding: identity"),
        .rejected(400, "identity after chunked", fields: "Transfer-Encoding: chunked, identity"),
        .rejected(400, "an empty value", fields: "Transfer-Encoding:"),
        .rejected(400, "an empty value and a length", fields: "Transfer-Encoding:\r\nContent-Length: 5")),
    rule(
        "RFC 9112 §11.2", "an empty member is rejected, because a proxy might then miss chunked",
        .rejected(400, "before chunked", fields: "Transfer-Encoding: , chunked"),
        .rejected(400, "after chunked", fields: "Transfer-Encoding: chunked,"),
        .rejected(
            400, "before chunked, on a separate line", fields: "Transfer-Encoding:\r\nTransfer-Encoding: chunked"),
        .rejected(
            400, "after chunked, on a separate line", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
        .rejected(400, "between two codings", fields: "Transfer-Encoding: gzip,, chunked")),
    rule(
        "RFC 9112 §7", "a name similar to chunked is another coding",
        .rejected(400, "a parameter", fields: "Transfer-Encoding: chunked;a=b"),
        .rejected(400, "quotes", fields: "Transfer-Encoding: \"chunked\""),
        .rejected(400, "a letter before it", fields: "Transfer-Encoding: xchunked"),
        .rejected(400, "a letter after it", fields: "Transfer-Encoding: chunkedx"),
        .rejected(400, "a space instead of a comma", fields: "Transfer-Encoding: gzip chunked"),
        .rejected(400, "a non-ASCII blank", fields: "Transfer-Encoding: \u{A0}chunked"),
        .rejected(400, "the Kelvin sign instead of k", fields: "Transfer-Encoding: chun\u{212A}ed")),
    rule(
        "RFC 9112 §6.1", "HTTP/1.0 has no transfer codings",
        .rejected(400, "gzip and chunked", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        .rejected(400, "chunked", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        .rejected(
            400, "chunked and a length", "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        .rejected(
            400, "chunked, kept alive",
            "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n")),
]

private let expectations = [
    rule(
        "RFC 9110 §10.1.1", "100-continue is the only supported expectation",
        .accepted(
            "with a length", "PUT / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
            HeadFacts(method: "PUT", framing: .length(1), expectsContinue: true)),
        .accepted(
            "with chunks", fields: "Expect: 100-continue\r\nTransfer-Encoding: chunked",
            HeadFacts(framing: .chunked, expectsContinue: true)),
        .accepted(
            "among empty members", fields: "Expect: , 100-continue ,,\r\nContent-Length: 1",
            HeadFacts(framing: .length(1), expectsContinue: true)),
        .accepted(
            "twice, in any case", fields: "Expect: 100-continue,100-CONTINUE\r\nContent-Length: 1",
            HeadFacts(framing: .length(1), expectsContinue: true)),
        .accepted(
            "in two lines", fields: "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1",
            HeadFacts(framing: .length(1), expectsContinue: true)),
        .accepted("an empty value", fields: "Expect:\r\nContent-Length: 1", HeadFacts(framing: .length(1))),
        .accepted("only commas", fields: "Expect: ,,\r\nContent-Length: 1", HeadFacts(framing: .length(1))),
        .rejected(417, "another expectation", fields: "Expect: 200-ok"),
        .rejected(417, "another expectation before it", fields: "Expect: x, 100-continue"),
        .rejected(417, "two with a space instead of a comma", fields: "Expect: 100-continue 100-continue"),
        .rejected(417, "another expectation after it", fields: "Expect: 100-continue, x"),
        .rejected(417, "with a parameter", fields: "Expect: 100-continue;a=b"),
        .rejected(417, "another expectation on a second line", fields: "Expect: 100-continue\r\nExpect: x")),
    rule(
        "RFC 9110 §10.1.1", "100-continue is ignored without a body and in HTTP/1.0",
        .accepted("no body", fields: "Expect: 100-continue"),
        .accepted("an empty body", fields: "Expect: 100-continue\r\nContent-Length: 0"),
        .accepted(
            "HTTP/1.0",
            "GET / HTTP/1.0\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
            HeadFacts(minorVersion: 0, framing: .length(1), keepAlive: false))),
]

private let connections = [
    rule(
        "RFC 9112 §9.3", "HTTP/1.1 connections persist, HTTP/1.0 ones only on request",
        .accepted("HTTP/1.1", line: "GET / HTTP/1.1"),
        .accepted("HTTP/1.0", line: "GET / HTTP/1.0", HeadFacts(minorVersion: 0, keepAlive: false)),
        .accepted(
            "HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nHost: a.example\r\nConnection: Keep-Alive\r\n\r\n",
            HeadFacts(minorVersion: 0)),
        .accepted(
            "HTTP/1.0 kept alive in a list", "GET / HTTP/1.0\r\nHost: a.example\r\nConnection: te, keep-alive\r\n\r\n",
            HeadFacts(minorVersion: 0)),
        .accepted(
            "HTTP/1.0 with Keep-Alive alone", "GET / HTTP/1.0\r\nHost: a.example\r\nKeep-Alive: timeout=5\r\n\r\n",
            HeadFacts(minorVersion: 0, keepAlive: false))),
    rule(
        "RFC 9112 §9.3, §9.6", "close counts anywhere in the field",
        .accepted("alone", fields: "Connection: close", HeadFacts(keepAlive: false)),
        .accepted("in a list", fields: "Connection: upgrade ,\tCLOSE", HeadFacts(keepAlive: false)),
        .accepted("between empty members", fields: "Connection: ,, close,", HeadFacts(keepAlive: false)),
        .accepted("on the first line", fields: "Connection: close\r\nConnection: te", HeadFacts(keepAlive: false)),
        .accepted(
            "on a later line", fields: "Connection: te\r\nX: a\r\nconnection: close", HeadFacts(keepAlive: false)),
        .accepted("with keep-alive", fields: "Connection: close, keep-alive", HeadFacts(keepAlive: false)),
        .accepted(
            "with keep-alive in HTTP/1.0",
            "GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive, close\r\n\r\n",
            HeadFacts(minorVersion: 0, keepAlive: false)),
        .accepted("a longer word", fields: "Connection: closed"),
        .accepted("two words", fields: "Connection: not close"),
        .accepted("an empty value", fields: "Connection:"),
        .accepted("another field", fields: "Proxy-Connection: close")),
]

@Suite("Framing and connection, by the RFC")
struct FramingTests {
    @Test("Bodies and their lengths", arguments: bodies.flatMap { $0 })
    func body(_ head: HeadCase) { head.check() }

    @Test("Transfer codings", arguments: codings.flatMap { $0 })
    func coding(_ head: HeadCase) { head.check() }

    @Test("Expectations", arguments: expectations.flatMap { $0 })
    func expectation(_ head: HeadCase) { head.check() }

    @Test("Connection", arguments: connections.flatMap { $0 })
    func connection(_ head: HeadCase) { head.check() }
}
