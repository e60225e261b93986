import StatusPages
import Testing

@Suite("Placeholders in templates")
struct TemplateTextTests {
    private static let values = TemplateValues(
        page: "Acme", components: "API and Login", start: "10:00", end: "12:00", duration: "2 hours", time: "09:00")

    @Test(
        "Known placeholders are replaced, and everything else stays",
        arguments: [
            ("", ""), ("No braces.", "No braces."), ("{page}", "Acme"),
            ("On {page}: {components}.", "On Acme: API and Login."),
            ("{start}-{end} ({duration}), {time}", "10:00-12:00 (2 hours), 09:00"),
            ("{Page} {pages} { page }", "{Page} {pages} { page }"),
            ("{}", "{}"), ("{{page}}", "{Acme}"), ("{page", "{page"), ("page}", "page}"), ("{pa\nge}", "{pa\nge}"),
            ("{?}", "{?}"), ("{? }", "{? }"), ("{a{page}b}", "{aAcmeb}"), ("{?who}", "{?who}"),
            ("é{page}\u{301}", "éAcme\u{301}"),
            ("{\u{301}page}", "{\u{301}page}"), ("{?\u{301}}", "{?\u{301}}"),
        ])
    func known(text: String, filled: String) {
        #expect(TemplateText(text).filled(with: Self.values) == filled)
    }

    @Test("A placeholder without a value stays, and braces in values have no meaning")
    func missing() {
        #expect(TemplateText("{page} {start}").filled(with: TemplateValues(page: "{start}")) == "{start} {start}")
    }

    @Test("Each question is asked once, and must be answered")
    func questions() {
        let text = TemplateText("{?Who?} saw {? error code } and {?Who?} at {time}.")
        #expect(text.questions == ["Who?", "error code"])
        #expect(text.unanswered(["Who?": "Ada", "error code": " "]) == ["error code"])
        #expect(
            text.filled(with: TemplateValues(), answers: ["Who?": "{time}"])
                == "{time} saw {? error code } and {time} at {time}.")
        #expect(
            text.filled(with: Self.values, answers: ["Who?": "Ada", "error code": "500"])
                == "Ada saw 500 and Ada at 09:00.")
    }

    @Test("Names are listed, and minutes are put into words")
    func words() {
        #expect(TemplateValues.list([]) == nil)
        #expect(TemplateValues.list(["A"]) == "A")
        #expect(TemplateValues.list(["A", "B", "C"]) == "A, B and C")
        #expect(
            [0, 1, 60, 90, 1_440, 2_881].map(TemplateValues.words) == [
                "0 minutes", "1 minute", "1 hour", "1 hour 30 minutes", "1 day", "2 days 1 minute",
            ])
    }
}
