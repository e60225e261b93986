import JSONInput
import Testing

@Suite("JSONPointer")
struct JSONPointerTests {
    @Test("The whole document is the empty pointer")
    func root() {
        #expect(JSONPointer.root.description == "")
        #expect(JSONPointer.root.field == "")
    }

    @Test("A place is written with a slash before each step")
    func steps() {
        let pointer = JSONPointer.root.appending("component_statuses").appending(0).appending("component_id")
        #expect(pointer.description == "/component_statuses/0/component_id")
        #expect(pointer == JSONPointer([.name("component_statuses"), .index(0), .name("component_id")]))
    }

    @Test(
        "Names are escaped as RFC 6901 says",
        arguments: [
            ("", "/"), ("a/b", "/a~1b"), ("m~n", "/m~0n"), ("~1", "/~01"), ("/~/", "/~1~0~1"), ("//", "/~1~1"),
            ("c%d", "/c%d"), (" ", "/ "), ("é", "/é"),
            // A slash is escaped even if the next scalar combines with it into one character.
            ("a/\u{338}b", "/a~1\u{338}b"), ("~\u{301}", "/~0\u{301}"),
        ])
    func escaping(name: String, pointer: String) {
        let written = JSONPointer.root.appending(name).description
        #expect(Array(written.unicodeScalars) == Array(pointer.unicodeScalars))
    }

    @Test("The field is the last step that is not an index")
    func field() {
        let list = JSONPointer.root.appending("updates").appending(3)
        #expect(list.field == "updates")
        #expect(list.appending("message").field == "message")
        #expect(list.appending("component_statuses").appending(0).field == "component_statuses")
        #expect(JSONPointer.root.appending(1).field == "")
        #expect(JSONPointer.root.appending("a/b").field == "a/b")
    }
}
