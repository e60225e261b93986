import Testing

@testable import Publishing

@Suite("AccessToken")
struct AccessTokenTests {
    @Test("A token is a prefix, 32 random characters and a checksum of 6")
    func shape() throws {
        for _ in 0..<200 {
            let text = try AccessToken.generate().text
            #expect(text.wholeMatch(of: /allclear_[0-9A-Za-z]{38}/) != nil, "\(text)")
            #expect(text.utf8.count == 47)
        }
    }

    @Test("A token is parsed as it was created, and hashed to 32 bytes")
    func roundTrip() throws {
        let token = try AccessToken.generate()
        let read = try #require(AccessToken(token.text))
        #expect(read.text == token.text)
        #expect(read.hash == token.hash)
        #expect(token.hash.count == 32)
    }

    @Test("No two tokens are the same")
    func uniqueness() throws {
        let tokens = try (0..<1_000).map { _ in try AccessToken.generate() }
        #expect(Set(tokens.map(\.text)).count == tokens.count)
        #expect(Set(tokens.map(\.hash)).count == tokens.count)
    }

    @Test("All characters of the alphabet occur")
    func alphabet() throws {
        let text = try (0..<200).map { _ in try AccessToken.generate().text.dropFirst(9) }.joined()
        #expect(Set(text).count == 62)
    }

    @Test("The checksum finds every change of one character")
    func checksum() throws {
        let text = try AccessToken.generate().text
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
            #expect(AccessToken(changed) == nil, "\(changed)")
        }
    }

    @Test("Text that is shorter, longer or decorated is not a token")
    func lookAlikes() throws {
        let text = try AccessToken.generate().text
        let changed = [
            "", "allclear_", String(text.dropLast()), String(text.dropFirst()), text + "0", " " + text, text + "\n",
            text.uppercased(), "Allclear_" + text.dropFirst(9), "other123_" + text.dropFirst(9),
            text.dropLast(6) + "000000", text + "\u{301}",
        ]
        for text in changed { #expect(AccessToken(text) == nil, "\(text)") }
    }

    @Test("Characters that are canonically equivalent are not equal in a token")
    func canonicalEquivalence() throws {
        // The Kelvin sign is canonically equivalent to K, so Swift strings with one or the other are equal.
        var text = ""
        while !text.suffix(6).contains("K") { text = try AccessToken.generate().text }
        let lookAlike = text.dropLast(6) + text.suffix(6).replacing("K", with: "\u{212A}")
        #expect(lookAlike == text)
        #expect(AccessToken(String(lookAlike)) == nil)
    }
}
