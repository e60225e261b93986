import StatusPages
import Testing

@Suite("Changing the text of an update")
struct UpdateEditTests {
    private func update(at time: Int64 = 100) -> IncidentUpdate {
        IncidentUpdate(
            id: id(1), publishedAt: second(time), message: "Caf\u{e9}", status: .identified,
            componentStatuses: [change(Fixture.api.id, .fullOutage)], notifiesSubscribers: true)
    }

    @Test("The text is replaced, and nothing else", arguments: ["Other", "Cafe\u{301}", " Caf\u{e9}"])
    func edit(text: String) throws {
        var edited = update()
        try edited.edit(message: text, at: second(200))
        #expect(Array(edited.message.utf8) == Array(text.utf8))
        #expect(
            edited
                == IncidentUpdate(
                    id: id(1), publishedAt: second(100), message: text, editedAt: second(200), status: .identified,
                    componentStatuses: [change(Fixture.api.id, .fullOutage)], notifiesSubscribers: true))
    }

    @Test("The same text again is not an edit")
    func same() throws {
        var edited = update()
        try edited.edit(message: "Caf\u{e9}", at: second(200))
        #expect(edited == update())
        try edited.edit(message: "Other", at: second(300))
        try edited.edit(message: "Other", at: second(400))
        #expect(edited.editedAt == second(300))
    }

    @Test("An edit is never before the publication or the previous edit")
    func clockStepsBack() throws {
        var edited = update()
        try edited.edit(message: "One", at: second(50))
        #expect(edited.editedAt == second(100))
        try edited.edit(message: "Two", at: second(200))
        try edited.edit(message: "Three", at: second(150))
        #expect(edited.editedAt == second(200))
    }

    @Test(
        "The text must be one that could be published",
        arguments: [
            (nil, .required), ("", .tooShort), (" \n", .tooShort), (String(repeating: "x", count: 4_097), .tooLong),
            ("a\0b", .invalidValue),
        ] as [(String?, Fault.Code)])
    func faults(text: String?, code: Fault.Code) throws {
        var edited = update()
        let faults = try #require(throws: Faults.self) { try edited.edit(message: text, at: second(200)) }
        #expect(faults.all.map(\.code) == [code])
        #expect(faults.all.map(\.path) == [[.field(.message)]])
        #expect(edited == update())
    }
}
