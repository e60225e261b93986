import Testing

@testable import HTTPServer

@Suite("Limits of a head, by the RFC")
struct HeadLimitTests {
    private static let line = "GET /abcdef HTTP/1.1"
    private static let head = "\(line)\r\nHost: a\r\nX: b\r\n\r\n"

    private static func limits(line: Int = 1_000, head: Int = 1_000, fields: Int = 100) -> HeadLimits {
        HeadLimits(lineBytes: line, headBytes: head, fields: fields)
    }

    @Test("RFC 9112 §3, 9110 §15.5.15: a request line can be as long as its limit, and not a byte longer")
    func requestLine() {
        let fits = Self.limits(line: Self.line.utf8.count)
        let isTooSmall = Self.limits(line: Self.line.utf8.count - 1)
        #expect(readHead(Self.head, limits: fits).status == nil)
        #expect(cutsThatMatter(Array(Self.head.utf8), limits: fits).isEmpty)
        #expect(readHead(Self.head, limits: isTooSmall).status == 414)
        #expect(cutsThatMatter(Array(Self.head.utf8), limits: isTooSmall).isEmpty)
    }

    @Test("RFC 9110 §5.4, 6585 §5: a head can be as long as its limit, and not a byte longer")
    func head() {
        let fits = Self.limits(head: Self.head.utf8.count)
        let isTooSmall = Self.limits(head: Self.head.utf8.count - 1)
        #expect(readHead(Self.head, limits: fits).status == nil)
        #expect(cutsThatMatter(Array(Self.head.utf8), limits: fits).isEmpty)
        #expect(readHead(Self.head, limits: isTooSmall).status == 431)
        #expect(cutsThatMatter(Array(Self.head.utf8), limits: isTooSmall).isEmpty)
    }

    @Test("RFC 9110 §5.4, 6585 §5: a head can have as many fields as its limit, and not one more")
    func fields() {
        #expect(readHead(Self.head, limits: Self.limits(fields: 2)).status == nil)
        #expect(readHead(Self.head, limits: Self.limits(fields: 1)).status == 431)
        #expect(cutsThatMatter(Array(Self.head.utf8), limits: Self.limits(fields: 1)).isEmpty)
    }

    @Test("RFC 9110 §15.5.15: a request line over the limit is rejected before it ends")
    func endlessRequestLine() {
        #expect(readHead("GET /" + String(repeating: "a", count: 2_000), limits: Self.limits()).status == 414)
    }

    @Test("RFC 9110 §5.4, 6585 §5: a head over the limit is rejected before it ends")
    func endlessHead() {
        let fields = String(repeating: "X: a\r\n", count: 200)
        #expect(readHead("GET / HTTP/1.1\r\n" + fields, limits: Self.limits()).status == 431)
        let value = String(repeating: "a", count: 2_000)
        #expect(readHead("GET / HTTP/1.1\r\nX: " + value, limits: Self.limits()).status == 431)
    }

    @Test("A line that is too long and malformed is rejected as too long, however it arrives")
    func longAndMalformed() {
        for (text, limits, status) in [
            ("GET /abcdefghijklmnopqrstuvwxyz\n\r\n", Self.limits(line: 20), 414),
            ("GET / HTTP/1.1\r\nX: abcdefghijklmnopqrstuvwxyz\n\r\n", Self.limits(head: 30), 431),
        ] {
            #expect(readHead(text, limits: limits).status == status)
            #expect(cutsThatMatter(Array(text.utf8), limits: limits).isEmpty)
        }
    }

    @Test("RFC 9112 §2.2: empty lines before a request do not count")
    func leadingEmptyLines() {
        let text = String(repeating: "\r\n", count: 600) + Self.head
        #expect(readHead(text, limits: Self.limits()).status == nil)
    }
}
