import Testing

@testable import StatusPages

@Suite("TextRule")
struct TextRuleTests {
    @Test(
        "A text can be as long as its limit, but not longer",
        arguments: [
            (TextRule.name, 200), (TextRule.description, 4096), (TextRule.message, 4096),
            (TextRule.idempotencyKey, 255),
        ])
    func length(rule: TextRule, most: Int) {
        #expect(rule.fault("a", .name) == nil)
        #expect(rule.fault(String(repeating: "a", count: most), .name) == nil)
        #expect(rule.fault(String(repeating: "a", count: most + 1), .name)?.code == .tooLong)
    }

    @Test("Lengths count Unicode scalars, not bytes and not grapheme clusters")
    func scalars() {
        // Four bytes each.
        #expect(TextRule.name.problem(String(repeating: "😀", count: 200)) == nil)
        // A family looks like one character but has seven scalars, so 29 families have 203 scalars.
        let family = "👨‍👩‍👧‍👦"
        #expect(family.unicodeScalars.count == 7)
        #expect(TextRule.name.problem(String(repeating: family, count: 28)) == nil)
        #expect(TextRule.name.problem(String(repeating: family, count: 29)) != nil)
        #expect(TextRule.name.problem(String(repeating: "\r\n", count: 100) + "a")?.contains("got 201") == true)
    }

    @Test(
        "Text with only white space counts as empty",
        arguments: ["", " ", "\n\t\r ", "\u{A0}", "\u{2003}\u{3000}\u{85}"])
    func whiteSpace(text: String) {
        #expect(TextRule.message.fault(text, .message)?.code == .tooShort)
    }

    @Test("White space around text is kept", arguments: [" a ", "\na", "a\u{3000}"])
    func surroundingWhiteSpace(text: String) {
        #expect(TextRule.message.fault(text, .message) == nil)
    }

    @Test("A missing text is required")
    func required() {
        let fault = TextRule.name.fault(nil, .name)
        #expect(fault?.code == .required)
        #expect(fault?.path == [.field(.name)])
    }

    @Test(
        "The null character is rejected, because SQLite ends a text there", arguments: ["\0", "a\0b", "a\0"])
    func nullCharacter(text: String) {
        #expect(TextRule.idempotencyKey.fault(text, .idempotencyKey)?.code == .invalidValue)
    }
}
