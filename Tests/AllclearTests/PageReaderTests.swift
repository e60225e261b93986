import JSONInput
import StatusPages
import Testing

@testable import allclear

@Suite("Reading declared pages")
struct PageReaderTests {
    /// The problems of a file with these pages.
    private func problems(pages: String) throws -> [String] {
        let reader = ConfigurationReader(
            try ConfigurationText(file: "config.json", Array("{\"pages\":[\(pages)]}".utf8)))
        _ = reader.read()
        return reader.problems.map(\.place)
    }

    /// A page with these additional members.
    private static func page(_ members: String) -> String { #"{"slug":"main","name":"Main",\#(members)}"# }

    /// A page with these items.
    private static func structure(_ items: String) -> String { page("\"structure\":[\(items)]") }

    @Test(
        "Every malformed member of a page is reported with its position",
        arguments: [
            (#""description":5"#, "description"), (#""description":" ""#, "description"),
            (#""kind":"private""#, "kind"), (#""kind":true"#, "kind"), (#""widget":"yes""#, "widget"),
            (#""widget":1"#, "widget"), (#""display_uptime_mode":"all""#, "display_uptime_mode"),
            (#""time_zone":"Mars""#, "time_zone"), (#""time_zone":"""#, "time_zone"), (#""time_zone":5"#, "time_zone"),
            (#""domain":"https://a.example""#, "domain"), (#""domain":"a.example:80""#, "domain"),
            (#""domain":"a..example""#, "domain"), (#""domain":"-a.example""#, "domain"), (#""domain":"""#, "domain"),
            (#""domain":"a.example..""#, "domain"), (#""domain":".""#, "domain"),
            (#""domain":"a.example.:80""#, "domain"), (#""domain":"a_b.example""#, "domain"),
            (#""domain":5"#, "domain"),
            (#""domain_scheme":"http""#, "domain_scheme"),
            (#""domain":"a.example","domain_scheme":"ftp""#, "domain_scheme"),
            (#""cache":60"#, "cache"), (#""cache":{"max_age":-1}"#, "cache/max_age"),
            (#""cache":{"stale_if_error":31536001}"#, "cache/stale_if_error"),
            (#""cache":{"stale_while_revalidate":"1m"}"#, "cache/stale_while_revalidate"),
            (#""cache":{"s_maxage":1}"#, "cache/s_maxage"),
            (#""structure":{}"#, "structure"), (#""structure":"none""#, "structure"), (#""items":[]"#, "items"),
            (#""id":"01ARZ3NDEKTSV4RRFFQ69G5FAV""#, "id"),
        ])
    func members(member: String, place: String) throws {
        #expect(try problems(pages: Self.page(member)) == ["/pages/0/\(place)"])
    }

    @Test("A page has at most as many components as a request can name", arguments: [1_000, 1_001])
    func mostComponents(count: Int) throws {
        func components(_ numbers: Range<Int>) -> String {
            numbers.map { #"{"key":"c\#($0)","name":"C"}"# }.joined(separator: ",")
        }
        let items = """
            {"component":{"key":"first","name":"First"}},
            {"sub_page":{"key":"sub","name":"Sub","items":[
              {"group":{"key":"group","name":"Group","components":[\(components(1..<count))]}}]}}
            """
        #expect(try problems(pages: Self.structure(items)) == (count > 1_000 ? ["/pages/0/structure"] : []))
    }

    @Test(
        "Slugs and keys are lower-case letters, digits and hyphens",
        arguments: [
            ("a", true), ("0", true), ("a-b-1", true), ("a-", true), (String(repeating: "a", count: 63), true),
            ("", false), ("-a", false), ("A", false), ("a b", false), ("a_b", false), ("a/b", false), ("é", false),
            ("a.b", false), (String(repeating: "a", count: 64), false), ("a\\n", false),
        ])
    func pattern(text: String, isSound: Bool) throws {
        let slug = try problems(pages: #"{"slug":"\#(text)","name":"N"}"#)
        #expect(slug == (isSound ? [] : ["/pages/0/slug"]))
        let key = try problems(pages: Self.structure(#"{"component":{"key":"\#(text)","name":"N"}}"#))
        #expect(key == (isSound ? [] : ["/pages/0/structure/0/component/key"]))
    }

    @Test(
        "Slugs that collide with the server's own paths are rejected",
        arguments: ["api", "incidents", "maintenances", "v1", "v2"])
    func reserved(text: String) throws {
        #expect(try problems(pages: #"{"slug":"\#(text)","name":"N"}"#) == ["/pages/0/slug"])
        let subPage = try problems(pages: Self.structure(#"{"sub_page":{"key":"\#(text)","name":"N"}}"#))
        #expect(subPage == ["/pages/0/structure/0/sub_page/key"])
        // Keys of other kinds are not part of a path.
        #expect(try problems(pages: Self.structure(#"{"component":{"key":"\#(text)","name":"N"}}"#)) == [])
        #expect(try problems(pages: Self.structure(#"{"group":{"key":"\#(text)","name":"N"}}"#)) == [])
    }

    @Test("Missing members are reported", arguments: ["{}", #"{"slug":null,"name":null}"#])
    func required(page: String) throws {
        #expect(try problems(pages: page) == ["/pages/0/slug", "/pages/0/name"])
    }

    @Test("Values of the wrong type report no missing members")
    func otherTypes() throws {
        #expect(try problems(pages: "5, null, [], \"main\"") == ["/pages/0", "/pages/1", "/pages/2", "/pages/3"])
        #expect(try problems(pages: Self.structure("5")) == ["/pages/0/structure/0"])
        #expect(try problems(pages: Self.structure(#"{"component":5}"#)) == ["/pages/0/structure/0/component"])
        #expect(
            try problems(pages: Self.structure(#"{"group":{"key":"g","name":"G","components":["api"]}}"#))
                == ["/pages/0/structure/0/group/components/0"])
    }

    @Test(
        "An item has exactly one kind",
        arguments: [
            "{}", #"{"page":{}}"#, #"{"component":null}"#,
            #"{"component":{"key":"a","name":"A"},"group":{"key":"b","name":"B"}}"#,
        ])
    func oneKind(item: String) throws {
        #expect(try problems(pages: Self.structure(item)) == ["/pages/0/structure/0"])
    }

    @Test("An item has no other members than its kind")
    func besideKind() throws {
        let item = #"{"component":{"key":"a","name":"A"},"hidden":true}"#
        #expect(try problems(pages: Self.structure(item)) == ["/pages/0/structure/0/hidden"])
    }

    @Test("Sub-pages contain no sub-pages, and groups contain only components")
    func nesting() throws {
        let subPage = #"{"sub_page":{"key":"a","name":"A","items":[{"sub_page":{"key":"b","name":"B"}}]}}"#
        #expect(try problems(pages: Self.structure(subPage)) == ["/pages/0/structure/0/sub_page/items/0"])
        let group = #"{"group":{"key":"a","name":"A","components":[{"key":"b","name":"B","components":[]}]}}"#
        #expect(
            try problems(pages: Self.structure(group)) == ["/pages/0/structure/0/group/components/0/components"])
    }

    @Test("Members of items are reported with their position at any depth")
    func deep() throws {
        let item = """
            {"sub_page":{"key":"eu","name":"EU","items":[{"group":{"key":"g","name":"G","components":[
              {"key":"ok","name":"OK"}, {"key":"Bad","name":"","description":5,"hidden":"no","display_uptime":0,"x":1}
            ]}}]}}
            """
        let place = "/pages/0/structure/0/sub_page/items/0/group/components/1"
        #expect(
            Set(try problems(pages: Self.structure(item)))
                == Set(["key", "name", "description", "hidden", "display_uptime", "x"].map { "\(place)/\($0)" }))
    }

    @Test("Names and descriptions are limited in length")
    func lengths() throws {
        let sound = String(repeating: "n", count: 200)
        #expect(try problems(pages: #"{"slug":"a","name":"\#(sound)"}"#) == [])
        #expect(try problems(pages: #"{"slug":"a","name":"\#(sound)n"}"#) == ["/pages/0/name"])
        let long = String(repeating: "d", count: 4097)
        #expect(try problems(pages: Self.page(#""description":"\#(long)""#)) == ["/pages/0/description"])
    }

    @Test(
        "The widget is on for public pages only, unless the page says otherwise",
        arguments: [
            (#""description":"D""#, true), (#""kind":"public""#, true), (#""kind":"customer""#, false),
            (#""kind":"internal""#, false), (#""kind":"customer","widget":true"#, true),
            (#""kind":"public","widget":false"#, false), (#""widget":false"#, false),
        ])
    func widget(members: String, isEnabled: Bool) throws {
        let text = Array("{\"pages\":[\(Self.page(members))]}".utf8)
        let configuration = ConfigurationReader(try ConfigurationText(file: "config.json", text)).read()
        #expect(configuration.pages?.map(\.isWidgetEnabled) == [isEnabled])
    }

    @Test("Two pages cannot share a slug or a domain, ignoring case")
    func repeatedPages() throws {
        let pages = """
            {"slug":"a","name":"A","domain":"one.example"}, {"slug":"b","name":"B","domain":"ONE.example."},
            {"slug":"a","name":"A","domain":"two.example"}
            """
        #expect(try problems(pages: pages) == ["/pages/1/domain", "/pages/2/slug"])
    }

    @Test("A key is unique within its page, across kinds and levels")
    func repeatedKeys() throws {
        let items = """
            {"component":{"key":"a","name":"A"}},
            {"group":{"key":"a","name":"A","components":[{"key":"a","name":"A"}]}},
            {"sub_page":{"key":"b","name":"B","items":[{"component":{"key":"b","name":"B"}}]}}
            """
        #expect(
            Set(try problems(pages: Self.structure(items))) == [
                "/pages/0/structure/1/group/key", "/pages/0/structure/1/group/components/0/key",
                "/pages/0/structure/2/sub_page/items/0/component/key",
            ])
        let component = #""structure":[{"component":{"key":"a","name":"A"}}]"#
        #expect(
            try problems(pages: #"{"slug":"a","name":"A",\#(component)},{"slug":"b","name":"B",\#(component)}"#) == [])
    }
}
