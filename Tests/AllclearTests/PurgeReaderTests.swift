import PublicPages
import Testing

@testable import allclear

@Suite("Reading purge")
struct PurgeReaderTests {
    private func read(_ text: String) throws -> (configuration: Configuration, problems: [ConfigurationProblem]) {
        let reader = ConfigurationReader(try ConfigurationText(file: "config.json", Array(text.utf8)))
        return (reader.read(), reader.problems)
    }

    @Test("Requests for all pages and for one")
    func everything() throws {
        let (configuration, problems) = try read(
            """
            {
              "webhooks": {"allowed_networks": ["127.0.0.1"]},
              "purge": [
                {"method": "BAN", "url": "http://127.0.0.1:6081/", "headers": {"X-Key": "{key}"}},
                {"method": "POST", "url": "https://cdn.example/zones/1/purge", "body": "{\\"files\\": [\\"{url}\\"]}"}
              ],
              "pages": [{"slug": "main", "name": "Main", "purge": [{"method": "PURGE", "url": "{url}"}]}]
            }
            """)
        #expect(problems == [])
        let expected = [
            PurgeTarget(
                method: "BAN", url: "http://127.0.0.1:6081/", fields: [PurgeTarget.Field(name: "X-Key", value: "{key}")]
            ),
            PurgeTarget(
                method: "POST", url: "https://cdn.example/zones/1/purge",
                fields: [PurgeTarget.Field(name: "Content-Type", value: "application/json")],
                body: #"{"files": ["{url}"]}"#),
            PurgeTarget(page: "main", method: "PURGE", url: "{url}"),
        ]
        #expect(configuration.purges == expected)
    }

    @Test(
        "Every malformed part is reported with its place, but without the values of headers",
        arguments: [
            (#"{}"#, ["/purge/0/method", "/purge/0/url"]),
            (#"{"method": "purge", "url": "https://a.example"}"#, ["/purge/0/method"]),
            (#"{"method": "HEAD", "url": "https://a.example"}"#, ["/purge/0/method"]),
            (#"{"method": "PURGE", "url": "a.example"}"#, ["/purge/0/url"]),
            (#"{"method": "PURGE", "url": "http://127.0.0.1/"}"#, ["/purge/0/url"]),
            (#"{"method": "PURGE", "url": "https://a.example/{kye}"}"#, ["/purge/0/url"]),
            (#"{"method": "PURGE", "url": "https://a.example", "body": "{slug}"}"#, ["/purge/0/body"]),
            (#"{"method": "PURGE", "url": "https://a.example", "body": {}}"#, ["/purge/0/body"]),
            (
                #"{"method": "PURGE", "url": "https://a.example", "headers": {"A b": "secret"}}"#,
                ["/purge/0/headers/A b"]
            ),
            (#"{"method": "PURGE", "url": "https://a.example", "headers": {"A": "secret\n"}}"#, ["/purge/0/headers/A"]),
            (
                #"{"method": "PURGE", "url": "https://a.example", "headers": {"A": "secret{a}"}}"#,
                ["/purge/0/headers/A"]
            ),
            (#"{"method": "PURGE", "url": "https://a.example", "headers": {"A": 1}}"#, ["/purge/0/headers/A"]),
            (#"{"method": "PURGE", "url": "https://a.example", "header": {}}"#, ["/purge/0/header"]),
        ] as [(String, [String])])
    func problems(_ element: String, _ places: [String]) throws {
        let (_, problems) = try read(#"{"pages": [], "purge": [\#(element)]}"#)
        #expect(problems.map(\.place).sorted() == places)
        #expect(!problems.contains { $0.message.contains("secret") })
        let page = try read(#"{"pages": [{"slug": "a", "name": "A", "purge": [\#(element)]}]}"#)
        #expect(page.problems.map(\.place).sorted() == places.map { "/pages/0\($0)" })
    }
}
