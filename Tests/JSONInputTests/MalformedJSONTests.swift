import Dispatch
import JSONInput
import Testing

@Suite("Malformed JSON")
struct MalformedJSONTests {
    @Test(
        "Malformed JSON is rejected",
        arguments: [
            "", " ", "nul", "True", "{", "[", "\"", "{]", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}", "[1 2]",
            "[,]", "[1,,2]", "[1 , ]", "{,}", "[\"\\\\\",]",
            "{\"a\":1 \"b\":2}", "01", "+1", ".5", "1.", "1e", "0x1", "NaN", "Infinity", "--1", "// no\n{}",
            // Text after the document.
            "{}{}", "{} x", "1 2", "{}\0", "null,",
            // Invalid escapes.
            #""\x""#, #""\u12""#, #""\u12G4""#,
            // Unescaped control characters.
            "\"\u{0}\"", "\"\u{1f}\"", "\"a\nb\"", "\"\t\"",
        ])
    func malformed(text: String) {
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test(
        "Lone surrogates are rejected",
        arguments: [
            #""\ud800""#, #""\udc00""#, #""\ud800a""#, #""\ud800\ud800""#, #""\udc00\ud800""#, #"{"\ud83d":1}"#,
        ])
    func surrogates(text: String) {
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test(
        "Invalid UTF-8 is rejected",
        arguments: [
            [0xFF], [0x22, 0x80, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0xAF, 0x22],
            // An encoded surrogate, and a scalar above the last one.
            [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        ] as [[UInt8]])
    func encoding(bytes: [UInt8]) {
        let error = #expect(throws: JSONValue.Malformed.self) { try JSONValue(parsing: bytes) }
        #expect(error?.message == "the text is not valid UTF-8")
    }

    @Test("The error for a number that is too large does not repeat it", arguments: [400, 1_000_000])
    func hugeNumber(length: Int) throws {
        for number in ["1e\(String(repeating: "9", count: length))", String(repeating: "9", count: length)] {
            let error = try #require(throws: JSONValue.Malformed.self) { try JSONValue(parsing: Array(number.utf8)) }
            #expect(error.description.contains("a number that is too large"))
            #expect(error.description.utf8.count < 200)
        }
    }

    @Test("UTF-16 and UTF-32 are rejected, with and without a byte order mark")
    func otherEncodings() {
        let text = Array("{}".utf8)
        let encodings: [[UInt8]] = [
            text.flatMap { [$0, 0] }, text.flatMap { [0, $0] }, [0xFF, 0xFE] + text.flatMap { [$0, 0] },
            [0xFE, 0xFF] + text.flatMap { [0, $0] }, text.flatMap { [$0, 0, 0, 0] }, text.flatMap { [0, 0, 0, $0] },
            [0xFF, 0xFE, 0, 0] + text.flatMap { [$0, 0, 0, 0] },
        ]
        for bytes in encodings {
            #expect(throws: JSONValue.Malformed.self, "\(bytes)") { try JSONValue(parsing: bytes) }
        }
    }

    @Test("Objects and arrays can be nested at most 512 levels deep", arguments: ["[", "{\"a\":"])
    func depth(opening: String) {
        let closing = opening == "[" ? "]" : "}"
        func nested(_ levels: Int) -> [UInt8] {
            let text = String(repeating: opening, count: levels - 1) + (opening == "[" ? "[]" : "{}")
            return Array((text + String(repeating: closing, count: levels - 1)).utf8)
        }
        // On a Dispatch thread, as for requests: its stack is smaller than the main thread's.
        let results = DispatchQueue(label: "depth").sync {
            [512, 513, 100_000].map { levels in (try? JSONValue(parsing: nested(levels))) != nil }
        }
        #expect(results == [true, false, false])
    }

    @Test("Endless nesting is rejected without a crash")
    func endless() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(parsing: text) }
    }
}
