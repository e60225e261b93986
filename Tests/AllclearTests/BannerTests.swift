import HTTPServer
import ManagementAPI
import Publishing
import StatusPages
import Testing

@testable import allclear

@Suite("Banner")
struct BannerTests {
    private let pages: [StatusPage]

    init() throws {
        pages = [
            StatusPage(id: try #require(ID("01ARZ3NDEKTSV4RRFFQ69G5FA1")), slug: "main", name: "Main Status"),
            StatusPage(
                id: try #require(ID("01ARZ3NDEKTSV4RRFFQ69G5FA2")), slug: "secret", name: "Secret", kind: .internal),
        ]
    }

    private func banner(
        host: String = "127.0.0.1", pages: [StatusPage]? = nil, key: AccessToken? = nil, setUpLink: String? = nil
    )
        -> String
    {
        let site = Site(pages: pages ?? self.pages, serverURL: "https://status.example.com")
        return Banner(
            address: SocketAddress(host: host, port: 8080), site: site, firstKey: key,
            setUpLink: setUpLink, keyCommand: "allclear keys create"
        ).text
    }

    @Test("The banner has the address, the pages, the first key and example commands")
    func everything() throws {
        let key = try AccessToken.generate()
        let text = banner(key: key)
        #expect(text.contains("Allclear is up at http://127.0.0.1:8080\n"))
        #expect(text.contains("Main Status  (main, id 01ARZ3NDEKTSV4RRFFQ69G5FA1)"))
        #expect(text.contains("Key     \(key.text)  (shown only once)"))
        #expect(
            text.contains(
                "curl -s http://127.0.0.1:8080/v2/status_page_incidents -H 'Authorization: Bearer \(key.text)'"))
        #expect(text.contains(#""status_page_id":"01ARZ3NDEKTSV4RRFFQ69G5FA1""#))
        #expect(text.contains("\n  http://127.0.0.1:8080/main\n"))
        #expect(text.contains("curl -s http://127.0.0.1:8080/main/api/v1/summary"))
    }

    @Test("The banner has the link for the first owner only until there are users")
    func setUpLink() {
        let link = "https://status.example.com/dashboard/setup#abc"
        #expect(
            banner(setUpLink: link).contains(
                "  Create the first owner of the dashboard (works once, for one hour):\n\n  \(link)\n"))
        #expect(!banner().contains("first owner"))
    }

    @Test("Without a first key, the banner shows no token and no example of publishing")
    func withoutKey() {
        let text = banner()
        #expect(!text.contains("allclear_"))
        #expect(text.contains("another: allclear keys create\n"))
        #expect(!text.contains("Bearer"))
        #expect(text.contains("/main/api/v1/summary"))
    }

    @Test(
        "The command for another key names the database by its absolute path",
        arguments: [
            ("/var/lib/a.db", "allclear", "ALLCLEAR_DATABASE=/var/lib/a.db allclear"),
            ("a.db", "./allclear", "ALLCLEAR_DATABASE=/home/me/a.db /home/me/./allclear"),
            ("/my data/a.db", "allclear", "ALLCLEAR_DATABASE='/my data/a.db' allclear"),
            ("/o'clock/$HOME.db", "allclear", "ALLCLEAR_DATABASE='/o'\\''clock/$HOME.db' allclear"),
        ])
    func keyCommand(database: String, program: String, start: String) {
        var configuration = Configuration()
        configuration.database = database
        let command = CommandHint.makingKey(for: configuration, program: program, directory: "/home/me")
        #expect(command == "\(start) keys create --name NAME --role status_page_publisher")
    }

    @Test("Internal pages are not shown")
    func internalPages() {
        #expect(!banner().contains("ecret"))
        #expect(!banner(pages: [pages[1]]).contains("summary"))
    }

    @Test(
        "The address is reachable from this machine",
        arguments: [("", "localhost"), ("0.0.0.0", "localhost"), ("::", "localhost"), ("::1", "[::1]"), ("a", "a")])
    func address(host: String, shown: String) {
        #expect(banner(host: host).contains("http://\(shown):8080\n"))
    }
}
