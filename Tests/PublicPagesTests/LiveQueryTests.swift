import Testing

@testable import PublicPages

@Suite("The query of a live read")
struct LiveQueryTests {
    private static func read(_ query: String) -> LiveQuery {
        Array(query.utf8).withUnsafeBufferPointer { LiveQuery($0) }
    }

    @Test(
        "wait is a whole number of seconds; the first one counts, and without a value it is 0",
        arguments: [
            ("wait=0", .seconds(0)), ("wait=30", .seconds(30)), ("wait=007", .seconds(7)),
            ("a=b&wait=5", .seconds(5)), ("wait=5&wait=6", .seconds(5)), ("&&wait=5&", .seconds(5)),
            ("wait=99999999999999999999999999", .seconds(1_000_000)),
            ("", .none), ("a", .none), ("await=5", .none), ("wait", .seconds(0)), ("wait=", .seconds(0)),
            ("wait&wait=5", .seconds(0)), ("a=b&wait", .seconds(0)), ("waiting", .none), ("Wait=5", .none),
            ("a=wait=5", .none),
            ("wait=x", .malformed), ("wait=-1", .malformed), ("wait=1.5", .malformed),
            ("wait=5s", .malformed), ("wait=x&wait=5", .malformed), ("wait=+5", .malformed),
        ] as [(String, LiveQuery.Wait)])
    func wait(query: String, expected: LiveQuery.Wait) {
        #expect(Self.read(query).wait == expected)
    }

    @Test(
        "etag is an entity tag with or without quotes, encoded or not; the first valid one counts",
        arguments: [
            ("etag=abc", "abc"), ("etag=\"abc\"", "abc"), ("etag=%22abc%22", "abc"), ("wait=5&etag=%22a%62c%22", "abc"),
            ("etag=W/\"abc\"", "abc"), ("etag=W%2F%22abc-gzip%22&wait=5", "abc-gzip"), ("etag=a&etag=b", "a"),
            ("etag=&etag=b", "b"), ("etag=%22%22", ""), ("etag=*", "*"), ("etag=%zz", ""), ("etag=%ff", ""),
            ("etag", nil), ("etag=", nil), ("", nil), ("Etag=a", nil), ("xetag=a", nil), ("etags=a", nil),
        ] as [(String, String?)])
    func tag(query: String, expected: String?) {
        #expect(Self.read(query).tag == expected.map { Array($0.utf8) })
    }
}
