import Testing

@testable import HTTPServer

private let rules = [
    rule(
        "RFC 9110 §5.1", "a field name is a token (§5.6.2)",
        .accepted("every special character of a token", fields: "X-!#$%&'*+.^_`|~09az: a"),
        .rejected(400, "an empty name", fields: ": a"),
        .rejected(400, "a space", fields: "X Y: a"),
        .rejected(400, "a parenthesis", fields: "X(Y): a"),
        .rejected(400, "quotes", fields: "\"X\": a"),
        .rejected(400, "a control character", fields: "X\u{0B}: a"),
        .rejected(400, "NUL", fields: "X\0: a"),
        .rejected(400, "a non-ASCII letter", fields: "Ä: a")),
    rule(
        "RFC 9112 §5", "a field line has a colon",
        .rejected(400, "no colon", fields: "X"),
        .rejected(400, "an equals sign instead", fields: "X=a"),
        .rejected(400, "no colon in the last line", "GET / HTTP/1.1\r\nHost: a.example\r\nX\r\n\r\n")),
    rule(
        "RFC 9112 §5.1", "no white space before the colon",
        .rejected(400, "a space", fields: "X : a"),
        .rejected(400, "a tab", fields: "X\t: a"),
        .rejected(400, "after Content-Length", fields: "Content-Length : 5"),
        .rejected(400, "after Transfer-Encoding", fields: "Transfer-Encoding : chunked"),
        .rejected(400, "after Host", "GET / HTTP/1.1\r\nHost : a.example\r\n\r\n")),
    rule(
        "RFC 9112 §5.2", "a value is on one line",
        .rejected(400, "folded with a space", fields: "X: a\r\n b"),
        .rejected(400, "folded with a tab", fields: "X: a\r\n\tb"),
        .rejected(400, "a folded coding", fields: "Transfer-Encoding:\r\n chunked"),
        .rejected(400, "a fold that looks like another field", fields: "X: a\r\n Content-Length: 5"),
        .rejected(400, "a fold with only blanks", fields: "X: a\r\n ")),
    rule(
        "RFC 9110 §5.5", "a value contains no control characters except tabs",
        .accepted("a tab", fields: "X: a\tb"),
        .rejected(400, "NUL inside", fields: "X: a\0b"),
        .rejected(400, "NUL at the end", fields: "X: a\0"),
        .rejected(400, "BEL", fields: "X: \u{07}"),
        .rejected(400, "a vertical tab before a transfer coding", fields: "Transfer-Encoding:\u{0B}chunked"),
        .rejected(400, "ESC", fields: "X: \u{1B}"),
        .rejected(400, "DEL", fields: "X: \u{7F}")),
]

@Suite("Fields, by the RFC")
struct FieldTests {
    private static let start = Array("GET / HTTP/1.1\r\nHost: a.example\r\nX: ".utf8)

    @Test("Fields", arguments: rules.flatMap { $0 })
    func field(_ head: HeadCase) { head.check() }

    @Test("RFC 9110 §5.5: every control character except a tab is rejected in a value", arguments: UInt8(0)...127)
    func controlCharacters(_ byte: UInt8) {
        let head = Self.start + Array("a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
        let isControl = byte < 32 && byte != 9 || byte == 127
        #expect(readHead([head[...]]).status == (isControl ? 400 : nil))
    }

    @Test("RFC 9110 §5.5: bytes above ASCII are accepted in a value")
    func obsoleteText() {
        let bytes = Self.start + [0x80, 0xFF] + Array("\r\n\r\n".utf8)
        let expected = HeadOutcome.head(
            HeadFacts(), fields: ["Host=a.example", "X=\u{FFFD}\u{FFFD}"], used: bytes.count)
        #expect(readHead([bytes[...]]) == expected)
        #expect(cutsThatMatter(bytes).isEmpty)
    }

    @Test("RFC 9110 §5.3, §5.5: fields keep their order and lose the white space around their values")
    func fields() {
        let text = "GET / HTTP/1.1\r\nHost:\t a.example \t\r\nB:\r\na: 1  2\t3\r\nA:x:y\r\n\r\n"
        let fields = ["Host=a.example", "B=", "a=1  2\t3", "A=x:y"]
        #expect(readHead(text) == .head(HeadFacts(), fields: fields, used: text.utf8.count))
        #expect(cutsThatMatter(Array(text.utf8)).isEmpty)
    }

    @Test("RFC 9112 §2.1: bytes after a head are not touched")
    func pipeline() {
        let text = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
        let whole = HeadOutcome.head(HeadFacts(), fields: ["Host=a.example"], used: text.utf8.count)
        #expect(readHead(text + "\u{16}\n\n") == whole)
        #expect(cutsThatMatter(Array((text + "\u{16}\n\n").utf8)).isEmpty)
    }

    @Test("RFC 9112 §8: the parser waits for the rest of a partial head")
    func incomplete() {
        let text = "\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
        for length in 0..<text.utf8.count {
            #expect(readHead([Array(text.utf8.prefix(length))[...]]) == .incomplete)
        }
    }
}
