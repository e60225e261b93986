import JSONInput
import Testing

@Suite("JSONReader")
struct JSONReaderTests {
    private enum Colour: String, CaseIterable {
        case red
        case darkBlue = "dark_blue"
    }

    private struct NotAnObject: Error {}

    /// A reader for the object in a JSON text.
    private func reader(_ text: String) throws -> JSONReader {
        guard case .object(let members) = try JSONValue(parsing: Array(text.utf8)) else {
            throw NotAnObject()
        }
        return JSONReader(members)
    }

    @Test("Members are read by name and type")
    func members() throws {
        let reader = try reader(#"{"s":"a","b":true,"i":5,"c":"dark_blue","o":{"s":"in"},"l":[{"i":1},{"i":2}]}"#)
        #expect(reader.string("s") == "a")
        #expect(reader.bool("b") == true)
        #expect(reader.integer("i") == 5)
        #expect(reader.choice("c", Colour.self) == .darkBlue)
        #expect(reader.object("o")?.string("s") == "in")
        #expect(reader.objects("l")?.map { $0.integer("i") } == [1, 2])
        #expect(reader.faults.all.isEmpty)
    }

    @Test("Null counts as absent, and neither is an error", arguments: ["{}", #"{"a":null}"#])
    func absent(text: String) throws {
        let reader = try reader(text)
        #expect(!reader.has("a"))
        #expect(reader.string("a") == nil)
        #expect(reader.bool("a") == nil)
        #expect(reader.integer("a") == nil)
        #expect(reader.choice("a", Colour.self) == nil)
        #expect(reader.object("a") == nil)
        #expect(reader.objects("a") == nil)
        #expect(reader.faults.all.isEmpty)
    }

    @Test("A value of another type counts as present")
    func has() throws {
        #expect(try reader(#"{"a":false}"#).has("a"))
    }

    @Test("Values of other types are reported with their position and name")
    func types() throws {
        let reader = try reader(#"{"s":1,"b":1,"i":true,"f":1.5,"c":["red"],"o":"x","l":{}}"#)
        #expect(reader.string("s") == nil)
        #expect(reader.bool("b") == nil)
        #expect(reader.integer("i") == nil)
        #expect(reader.integer("f") == nil)
        #expect(reader.choice("c", Colour.self) == nil)
        #expect(reader.object("o") == nil)
        #expect(reader.objects("l") == nil)
        #expect(reader.faults.all.map(\.code) == Array(repeating: .type, count: 7))
        #expect(reader.faults.all.map(\.pointer.description) == ["/s", "/b", "/i", "/f", "/c", "/o", "/l"])
        #expect(reader.faults.all.map(\.message).first == "s must be a string, not a number.")
        #expect(reader.faults.all[3].message == "f must be a whole number, without a fraction.")
    }

    @Test("An invalid choice is reported with the valid ones", arguments: ["", "Red", "darkBlue", "green"])
    func choice(text: String) throws {
        let reader = try reader(#"{"c":"\#(text)"}"#)
        #expect(reader.choice("c", Colour.self) == nil)
        #expect(
            reader.faults.all
                == [
                    JSONFault(
                        .value, .root.appending("c"), "c must be one of: red, dark_blue.",
                        rule: "must be one of: red, dark_blue")
                ])
    }

    @Test("An element that is not an object keeps its index, so that the others keep theirs")
    func elements() throws {
        let reader = try reader(#"{"l":[{"i":1},5,null,{"i":true}]}"#)
        let elements = try #require(reader.objects("l"))
        #expect(elements.map { $0.integer("i") } == [1, nil, nil, nil])
        #expect(elements.map(\.pointer.description) == ["/l/0", "/l/1", "/l/2", "/l/3"])
        #expect(reader.faults.all.map(\.pointer.description) == ["/l/1", "/l/2", "/l/3/i"])
    }

    @Test("Nested readers report problems in the same list, with the full path")
    func nesting() throws {
        let reader = try reader(#"{"o":{"l":[{"o":{"s":1}}]}}"#)
        let inner = try #require(reader.object("o")?.objects("l")?.first?.object("o"))
        #expect(inner.string("s") == nil)
        #expect(inner.pointer.description == "/o/l/0/o")
        #expect(reader.faults.all.map(\.pointer.description) == ["/o/l/0/o/s"])
    }

    @Test("A problem covers its position and everything below, and nothing else")
    func covering() {
        let faults = JSONReader.Faults()
        let place = JSONPointer.root.appending("l").appending(1)
        faults.note(JSONFault(.type, place, "m"))
        #expect(faults.covers(place))
        #expect(faults.covers(place.appending("s")))
        #expect(!faults.covers(.root.appending("l")))
        #expect(!faults.covers(.root.appending("l").appending(2)))
        #expect(!faults.covers(.root.appending("l").appending("1")))
    }

    @Test("Unknown members are reported with the known ones")
    func unknown() throws {
        let reader = try reader(#"{"b":1,"known":1,"a":null}"#)
        _ = reader.integer("known")
        _ = reader.string("absent")
        reader.refuseUnknownMembers()
        #expect(reader.faults.all.map(\.code) == [.unknown, .unknown])
        #expect(reader.faults.all.map(\.pointer.description) == ["/a", "/b"])
        #expect(reader.faults.all.first?.message == "is not a known key; known keys: absent, known")
    }

    @Test(
        "A misspelled member is reported with the known name",
        arguments: [
            ("lisen", "listen"), ("Listen", "listen"), ("litsen", "listen"), ("listens", "listen"),
            ("max_conections", "max_connections"), ("max_connection", "max_connections"), ("key", nil), ("l", nil),
        ])
    func nearName(name: String, meant: String?) throws {
        let reader = try reader(#"{"\#(name)":1}"#)
        _ = (reader.string("listen"), reader.integer("max_connections"))
        reader.refuseUnknownMembers()
        let hint = meant.map { "did you mean \"\($0)\"?" } ?? "known keys: listen, max_connections"
        #expect(reader.faults.all.map(\.message) == ["is not a known key; \(hint)"])
    }

    @Test("A list can contain strings and objects, and a single string needs no list")
    func stringsOrObjects() throws {
        let reader = try reader(#"{"s":"a","l":["a",{},5],"n":5,"o":{}}"#)
        func count(_ name: String) -> Int? { reader.stringsOrObjects(name, string: "a word", object: "a thing")?.count }
        #expect(["s", "l", "n", "o", "none"].map(count) == [1, 2, nil, nil, nil])
        #expect(reader.faults.all.map(\.pointer.description) == ["/l/2", "/n", "/o"])
        #expect(
            reader.faults.all.map(\.rule) == [
                "must be a word, or a thing", "must be a word, or a list", "must be a word, or a list",
            ])
    }

    @Test(
        "A whole number beyond Int is an invalid value, not a wrong type",
        arguments: ["1e300", "-1e300", "99999999999999999999", "9223372036854775808"])
    func large(number: String) throws {
        let reader = try reader(#"{"i":\#(number)}"#)
        #expect(reader.integer("i") == nil)
        #expect(reader.faults.all.map(\.code) == [.value])
    }

    @Test("Unread members are listed with their positions, nested ones too")
    func unread() throws {
        let reader = try reader(
            #"{"b":1,"none":null,"a/b":[{"x":1}],"o":{"known":1,"c":2},"l":[{"known":1},{"d":1,"known":2}]}"#)
        _ = reader.object("o")?.integer("known")
        _ = reader.objects("l")?.map { $0.integer("known") }
        #expect(reader.unread(atMost: 9).map(\.description) == ["/a~1b", "/b", "/o/c", "/l/1/d"])
        #expect(reader.unread(atMost: 3).map(\.description) == ["/a~1b", "/b", "/o/c"])
        #expect(reader.unread(atMost: 1).map(\.description) == ["/a~1b"])
        #expect(reader.faults.all.isEmpty)
    }

    @Test("Unless they are rejected, unknown members are ignored")
    func ignored() throws {
        let reader = try reader(#"{"known":1,"other":{}}"#)
        _ = reader.integer("known")
        #expect(reader.faults.all.isEmpty)
    }
}
