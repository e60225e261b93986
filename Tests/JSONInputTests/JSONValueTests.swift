import Testing

@testable import JSONInput

@Suite("JSON values")
struct JSONValueTests {
    @Test(
        "Each kind of value is distinguished",
        arguments: [
            ("null", JSONValue.null),
            ("true", .bool(true)), ("false", .bool(false)),
            ("0", .integer(0)), ("1", .integer(1)), ("-1", .integer(-1)), ("-0", .integer(0)),
            (#""""#, .string("")), (#""true""#, .string("true")), (#""1""#, .string("1")),
            ("[]", .array([])), ("{}", .object([:])),
            ("[true,1,0,1.0,false]", .array([.bool(true), .integer(1), .integer(0), .integer(1), .bool(false)])),
            (#"[",]",",}","\",]"]"#, .array([.string(",]"), .string(",}"), .string("\",]")])),
            (#"{"a":{"b":[null]}}"#, .object(["a": .object(["b": .array([.null])])])),
        ])
    func kinds(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test(
        "A number is an integer if its value is, however it is written",
        arguments: [
            ("1.0", JSONValue.integer(1)), ("1e3", .integer(1_000)), ("1.5", .number(1.5)),
            ("-2.25e-1", .number(-0.225)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            // A number that does not fit in Int is still a number.
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("-20000000000000000000", .number(-2e19)),
            ("1e300", .number(1e300)), ("-9223372036854775807", .integer(-.max)), ("1e-400", .integer(0)),
        ])
    func numbers(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test(
        "Strings are read with their escapes",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"), ("\"😀é\u{7f}\u{2028}\"", "😀é\u{7f}\u{2028}"),
        ])
    func escapes(text: String, value: String) throws {
        let parsed = try JSONValue(parsing: Array(text.utf8))
        guard case .string(let string) = parsed else {
            Issue.record("\(parsed) is not a string")
            return
        }
        // Compares scalars, because equal strings may have different ones.
        #expect(Array(string.unicodeScalars) == Array(value.unicodeScalars))
    }

    @Test("The last of repeated names counts")
    func repetitions() throws {
        #expect(try JSONValue(parsing: Array(#"{"a":1,"a":2}"#.utf8)) == .object(["a": .integer(2)]))
    }

    @Test("White space around a document is allowed")
    func whiteSpace() throws {
        #expect(try JSONValue(parsing: Array(" \t\r\n{ \"a\" : 1 } \n".utf8)) == .object(["a": .integer(1)]))
    }

    @Test("A byte order mark is skipped, as RFC 8259 allows")
    func byteOrderMark() throws {
        #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF] + Array("{}".utf8)) == .object([:]))
    }

    @Test(
        "A type has a name for messages",
        arguments: [
            ("null", "null"), ("true", "a boolean"), ("1", "a number"), ("1.5", "a number"), ("\"\"", "a string"),
            ("[]", "an array"), ("{}", "an object"),
        ])
    func typeNames(text: String, name: String) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).typeName == name)
    }
}
