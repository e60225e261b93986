import Foundation
import JSONInput
import TestSupport
import Testing

@Suite("JSON documents")
struct JSONDocumentTests {
    private func fault(of bytes: [UInt8]) throws -> JSONValue.Malformed {
        let fault = try #require(throws: JSONValue.Malformed.self) { try JSONDocument(bytes) }
        // `JSONValue`, which notes no places, reports the same error.
        #expect(throws: fault) { try JSONValue(parsing: bytes) }
        return fault
    }

    @Test(
        "Every repeated member name is found, however it is written",
        arguments: [
            (#"{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}"#, []),
            (#"{"pages": [{}], "pages": []}"#, ["/pages"]),
            (#"{"a": 1, "a": 2, "b": 3, "a": 4}"#, ["/a", "/a"]),
            (#"{"l": [{}, {"a/b": {"x": 1, "x": 1}, "a/b": 1}]}"#, ["/l/1/a~1b/x", "/l/1/a~1b"]),
            (#"{"a": 1, "\u0061": 2}"#, ["/a"]), (#"{"": 1, "": 2}"#, ["/"]),
            (#"{"a\"": 1, "a\\\"": 2, "a": "\"a\": 1, {\"a\": 2"}"#, []),
            (#"{"a": "{", "b": "[", "a": "}"}"#, ["/a"]), ("[1, -2.5e+3, true, false, null, \"\", [], {}]", []),
        ] as [(String, [String])])
    func repetitions(text: String, pointers: [String]) throws {
        let document = try JSONDocument(Array(text.utf8))
        #expect(document.value == (try JSONValue(parsing: Array(text.utf8))))
        #expect(document.repetitions.map(\.pointer.description) == pointers)
    }

    @Test("The place of each value is noted")
    func places() throws {
        let text = #"{"a": 12, "b/c": [true, {"d": "e"}], "\u0061": 3}"#
        let document = try JSONDocument(Array(text.utf8))
        let found = Dictionary(
            uniqueKeysWithValues: document.places.map { pointer, place in
                ("\(pointer)", String(decoding: Array(text.utf8)[place], as: UTF8.self))
            })
        #expect(
            found == [
                "": text, "/a": "3", "/b~1c": #"[true, {"d": "e"}]"#, "/b~1c/0": "true", "/b~1c/1": #"{"d": "e"}"#,
                "/b~1c/1/d": #""e""#,
            ])
    }

    @Test("Each repeated name is reported at the start of the name")
    func offset() throws {
        #expect(try JSONDocument(Array(#"{"a": 1, "a": 2}"#.utf8)).repetitions.map(\.offset) == [9])
    }

    @Test(
        "Invalid UTF-8 is reported first",
        arguments: [
            ([0x7B, 0x0A, 0x22, 0xE4, 0x22], 3), ([0x5B, 0x22, 0xC3, 0xA4, 0xC3, 0x22, 0x5D], 4),
            ([0xFF, 0xFE, 0x7B, 0x00], 0), ([0x2C, 0xED, 0xA0, 0x80], 1), ([0x22, 0xF0, 0x9F, 0x98], 1),
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x80], 4),
        ] as [([UInt8], Int)])
    func encoding(bytes: [UInt8], offset: Int) throws {
        let fault = try fault(of: bytes)
        #expect(fault.offset == offset)
        #expect(fault.message == "the text is not valid UTF-8")
    }

    @Test(
        "The position of a syntax error is reported",
        arguments: [
            ("", "line 1, column 1", "expected a value, but the text ends"),
            ("{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3", "expected a comma or `}`, not `\"`"),
            ("{\r\n  \"a\": [1,\r\n  ]}", "line 2, column 10", "a comma is not allowed before `]`"),
            ("{\"a\": 1,\n}", "line 1, column 8", "a comma is not allowed before `}`"),
            ("{\n  // all\n}", "line 2, column 3", "expected a name in double quotes, not `/`"),
            ("{a: 1}", "line 1, column 2", "expected a name in double quotes, not `a`"),
            ("{\"a\" 1}", "line 1, column 6", "expected a colon, not `1`"),
            ("{\"a\": True}", "line 1, column 7", "expected a value, not `T`"),
            ("{\"ä\u{1F600}\": 'x'}", "line 1, column 8", "expected a value, not `'`"),
            ("\u{FEFF}{]", "line 1, column 2", "expected a name in double quotes, not `]`"),
            ("[1", "line 1, column 3", "expected a comma or `]`, but the text ends"),
            ("[1]]", "line 1, column 4", "expected the end of the text, not `]`"),
            ("[01]", "line 1, column 2", "this is not a valid JSON number"),
            ("[1.]", "line 1, column 2", "this is not a valid JSON number"),
            ("[1e]", "line 1, column 2", "this is not a valid JSON number"),
            ("[-]", "line 1, column 2", "this is not a valid JSON number"),
            ("[\"a\nb\"]", "line 1, column 2", "this string does not end on its line"),
            ("[\"a", "line 1, column 2", "this string does not end on its line"),
            (#"["C:\x"]"#, "line 1, column 5", "this escape is invalid"),
            (#"["\u12G4"]"#, "line 1, column 3", "this escape is invalid"), ("[\u{A0}1]", "line 1, column 2", "this"),
        ])
    func faults(text: String, place: String, message: String) throws {
        let bytes = Array(text.utf8)
        let fault = try fault(of: bytes)
        #expect("\(TextPosition(of: fault.offset, in: bytes))" == place)
        #expect(fault.message.contains(message), "\(fault.message)")
        #expect(fault.description == "The JSON is malformed: \(place): \(fault.message).")
    }

    @Test(
        "Texts that cannot be represented are reported with their place",
        arguments: [
            (#"["a\ud83d"]"#, 3, "The JSON contains an unpaired surrogate, such as \\ud83d alone."),
            (#"["\ude00\ud83d"]"#, 2, "The JSON contains an unpaired surrogate, such as \\ud83d alone."),
            ("[1, 1e400]", 4, "The JSON contains a number that is too large."),
        ])
    func meaning(text: String, offset: Int, description: String) throws {
        let fault = try fault(of: Array(text.utf8))
        #expect(fault.offset == offset)
        #expect(fault.description == description)
    }

    @Test("The first level that is too deep is reported", arguments: ["[", "{\"a\":"])
    func depth(opening: String) throws {
        let fault = try fault(of: Array(String(repeating: opening, count: 100_000).utf8))
        #expect(fault.offset == 512 * opening.utf8.count)
        #expect(fault.message == "values must not be nested more than 512 levels deep")
    }

    @Test("The parser accepts exactly what Foundation's parser accepts, except trailing commas")
    func agreement() {
        var generator = SeededGenerator(seed: 1)
        // Random texts of these pieces are sometimes valid JSON.
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\\n\"", #""\ud83d\ude00""#, "1", "-0.5e1", "true", " ", "\n",
        ]
        var sound = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 1...7, using: &generator)
            let text = (0..<length).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            let isJSON = (try? JSONValue(parsing: Array(text.utf8))) != nil
            let isFoundationJSON =
                (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
            let dense = text.filter { !$0.isWhitespace }
            let hasTrailingComma = dense.contains(",]") || dense.contains(",}")
            #expect(isJSON == (isFoundationJSON && !hasTrailingComma), "\(text)")
            if isJSON { sound += 1 }
        }
        #expect(sound > 100)
    }
}
