import JSONInput
import Testing

@Suite("JSON in its canonical form")
struct CanonicalJSONTests {
    private func bytes(_ text: String) throws -> [UInt8] { try JSONValue(parsing: Array(text.utf8)).canonicalBytes }

    @Test(
        "Documents that mean the same have the same bytes",
        arguments: [
            (#"{"a":1,"b":[true,null,"x"]}"#, #" { "b" : [ true , null , "x" ], "a" : 1 } "#),
            (#"{"a":1}"#, #"{"a":1,"b":null}"#), (#"{"a":1}"#, #"{"a":1.0}"#), (#"{"a":100}"#, #"{"a":1e2}"#),
            (#"{"a":"é/"}"#, #"{"a":"\u00e9\/"}"#), (#"{"o":{}}"#, #"{"o":{"x":null}}"#),
        ])
    func equal(one: String, other: String) throws {
        #expect(try bytes(one) == bytes(other))
    }

    @Test("Documents with another meaning have other bytes")
    func different() throws {
        let documents = [
            "null", "true", "false", "0", "1", "-1", "1.5", "-1.5", "1e300", #""""#, #""1""#, #""é""#, #""e\u0301""#,
            "[]", "[1]", "[1,2]", "[2,1]", "[[1],2]", "[[1,2]]", "[null]", "{}", #"{"a":1}"#, #"{"a":2}"#, #"{"b":1}"#,
            #"{"a":1,"b":2}"#, #"{"a":2,"b":1}"#, #"{"a":{"b":1}}"#, #"["a",1]"#, #"["ab"]"#, #"["a","b"]"#,
        ]
        let forms = try documents.map(bytes)
        #expect(Set(forms).count == documents.count)
    }
}
