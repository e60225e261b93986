import Testing

@testable import HTTPServer

@Suite("Entity tags")
struct EntityTagsTests {
    private static func matches(_ list: String) -> Bool {
        withBytes(list) { EntityTags.list($0, matches: Array("\"abc\"".utf8)) }
    }

    @Test(
        "A list that names the tag matches, whether weakly or not",
        arguments: [
            "*", "\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "\"x\",\"abc\"", "W/\"x\" ,\t W/\"abc\" , \"y\"",
            ",, \"abc\"", "\"a,b\", \"abc\"", "\"\", \"abc\"",
        ])
    func named(_ list: String) {
        #expect(Self.matches(list))
    }

    @Test(
        "Any other list does not match",
        arguments: [
            "", ",", "\"x\"", "\"ABC\"", "\"abcd\"", "\"ab\"", "\"\"", "abc", "\"abc", "abc\"", "w/\"abc\"", "W\"abc\"",
            "W/", "W/ \"abc\"", "\"x, abc\"", "*, \"x\"", "x \"abc\"",
        ])
    func notNamed(_ list: String) {
        #expect(!Self.matches(list))
    }
}
