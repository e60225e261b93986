import Publishing
import TestSupport
import Testing

@Suite("CSV") struct CSVTests {
    @Test(
        "Records, fields and lines are as in RFC 4180",
        arguments: [
            ("", []), ("\n\r\n\n", []), ("\u{FEFF}email\n", [(1, ["email"])]), ("a,b", [(1, ["a", "b"])]),
            ("a,b\r\nc,d\r\n", [(1, ["a", "b"]), (2, ["c", "d"])]), ("a\n\n\nb\n", [(1, ["a"]), (4, ["b"])]),
            (",\n,,", [(1, ["", ""]), (2, ["", "", ""])]), ("\"\"\n\"\",x", [(2, ["", "x"])]),
            (#""a,b","c""d""#, [(1, ["a,b", #"c"d"#])]), ("\"a\r\nb\"\nc", [(1, ["a\r\nb"]), (3, ["c"])]),
            ("a\rb\rc", [(1, ["a\rb\rc"])]), (#"a "b" c"#, [(1, [#"a "b" c"#])]),
            ("\"a\"\r\nb\r", [(1, ["a"]), (2, ["b\r"])]),
            (" a , b ", [(1, [" a ", " b "])]),
        ] as [(String, [(Int, [String])])])
    func records(text: String, expected: [(Int, [String])]) throws {
        let found = try CSV.records(Array(text.utf8))
        #expect(found == expected.map { CSV.Record(line: $0.0, fields: $0.1) })
    }

    @Test(
        "Quotes that do not fit are reported with their line",
        arguments: [
            ("a\n\"b\nc", 2, "has a quote that is not closed"), ("\"", 1, "has a quote that is not closed"),
            ("a\n\"b\" c", 2, "has text after a closing quote"),
            ("\"a\nb\"\"c\" \n", 2, "has text after a closing quote"),
            ("\"a\"\rb", 1, "has text after a closing quote"),
        ])
    func malformed(text: String, line: Int, rule: String) throws {
        #expect(throws: CSV.Malformed(line: line, rule: rule)) { try CSV.records(Array(text.utf8)) }
    }

    @Test("Any fields that are written are read again", arguments: 0..<20)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let characters = Array("ab,;\"\r\n é\u{0}".unicodeScalars)
        let rows = (0..<50).map { _ in
            // Readers skip empty lines, so every record needs at least two fields.
            (0..<Int.random(in: 2...4, using: &generator)).map { _ in
                var text = String.UnicodeScalarView()
                for _ in 0..<Int.random(in: 0...5, using: &generator) {
                    text.append(characters[Int.random(in: 0..<characters.count, using: &generator)])
                }
                return String(text)
            }
        }
        let text = rows.map { CSV.line($0) + "\r\n" }.joined()
        #expect(try CSV.records(Array(text.utf8)).map(\.fields) == rows)
    }

    @Test(
        "Fields that begin like a formula are defused, and read again unchanged",
        arguments: [
            ("=1+1", "'=1+1"), ("+ada@acme.example", "'+ada@acme.example"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("'=1", "''=1"), ("''=1", "'''=1"), ("", ""), ("'", "'"),
            ("'a", "'a"), ("a=1", "a=1"),
        ])
    func formulas(field: String, expected: String) {
        #expect(CSV.defused(field) == expected)
        #expect(CSV.restored(expected) == field)
    }
}
