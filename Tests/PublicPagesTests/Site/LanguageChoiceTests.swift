import StatusPages
import Testing

@testable import PublicPages

@Suite("Choosing a language")
struct LanguageChoiceTests {
    @Test(
        "Accept-Language chooses by lookup (RFC 4647 §3.4)",
        arguments: [
            // The languages of the page are en, de, fr, pt-BR and ja.
            (nil, .en), ("", .en), ("de", .de), ("DE", .de), ("de-CH", .de), ("de-Latn-CH-1996", .de), ("ja-JP", .ja),
            ("pt-BR", .ptBR), ("pt-br", .ptBR), ("pt", .ptBR), ("pt-PT", .ptBR), ("pt-BR-x-a", .ptBR),
            ("fr-x-de", .fr), ("nl", .en), ("den", .en), ("d", .en), ("es-ES, fr;q=0.5", .fr),
            ("nl, de", .de), ("fr;q=0.5, de;q=0.8", .de), ("fr;q=0.8, de;q=0.80", .fr), ("de;q=0.001", .de),
            ("de;q=0", .en), ("en;q=0", .de), ("en;q=0, *", .de), ("*", .en), ("*, de;q=0.5", .en),
            ("de, *;q=0.5", .de),
            ("de ; q=0.5 ,\tfr;Q=0.6", .fr), (",,de,", .de),
            // Malformed ranges are skipped.
            ("de;q=2", .en), ("de;q=0.1234", .en), ("de;q=", .en), ("de;level=1", .en), ("d e", .en), ("dé, fr", .fr),
            ("de;q=1.001", .en), ("\u{0}, de", .de), ("-", .en), ("de-", .de), ("--", .en),
            (String(repeating: "x,", count: 500) + "de", .en),
        ] as [(String?, Language)])
    func accepted(field: String?, language: Language) {
        let choice = LanguageChoice.choose(asked: nil, accepted: field, among: [.en, .de, .fr, .ptBR, .ja])
        #expect(choice.language == language)
        #expect(!choice.isAsked)
    }

    @Test(
        "The query comes first, if the page has the language",
        arguments: [
            ("de", "fr", .de, true), ("pt-BR", "fr", .ptBR, true), ("pt-br", nil, .ptBR, true),
            ("pt", "fr", .fr, false),
            ("es", "fr", .fr, false), ("", "de", .de, false), ("xx", nil, .en, false),
        ] as [(String, String?, Language, Bool)])
    func asked(query: String, field: String?, language: Language, isAsked: Bool) {
        let choice = LanguageChoice.choose(asked: query, accepted: field, among: [.en, .de, .fr, .ptBR])
        #expect(choice.language == language)
        #expect(choice.isAsked == isAsked)
    }

    @Test("The first language of a page is its default")
    func firstLanguage() {
        #expect(LanguageChoice.choose(asked: nil, accepted: "nl", among: [.ja, .en]).language == .ja)
        #expect(LanguageChoice.choose(asked: nil, accepted: "ja;q=0", among: [.ja, .en]).language == .en)
    }
}
