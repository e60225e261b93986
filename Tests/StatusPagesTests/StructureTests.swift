import StatusPages
import Testing

@Suite("Structure")
struct StructureTests {
    let structure = Fixture.page.structure

    @Test("Placements are every component in order, those in groups and sub-pages included")
    func placements() {
        #expect(structure.placements.map(\.component) == [Fixture.website, Fixture.api, Fixture.mail, Fixture.search])
        #expect(structure.placements.map(\.groupID) == [nil, Fixture.services.id, nil, Fixture.backend.id])
        #expect(structure.placements.map(\.groupName) == [nil, "Services", nil, "Backend"])
        #expect(structure.placements.map(\.subPageID) == [nil, nil, Fixture.europe.id, Fixture.europe.id])
    }

    @Test("A placement is hidden if its component or its group is")
    func hidden() {
        #expect(structure.placements.map(\.isHidden) == [false, true, false, true])
    }

    @Test("Groups in sub-pages are groups of the page")
    func groups() {
        #expect(structure.groups == [Fixture.services, Fixture.backend])
    }

    @Test("Sub-pages are found among the other items")
    func subPages() {
        #expect(structure.subPages == [Fixture.europe])
    }

    @Test("A structure with only an empty group has no placements and no sub-pages")
    func empty() {
        let empty = Structure(items: [.group(Structure.Group(id: id(1), name: "Empty", components: []))])
        #expect(empty.placements.isEmpty)
        #expect(empty.subPages.isEmpty)
        #expect(empty.groups.count == 1)
    }
}

@Suite("Site")
struct SiteTests {
    private let pages = [
        StatusPage(id: id(3), slug: "third", name: "Third", kind: .customer),
        StatusPage(id: id(1), slug: "first", name: "First"),
        StatusPage(id: id(2), slug: "second", name: "Second", kind: .internal),
    ]

    @Test("Pages are ordered by creation, and internal ones are not served")
    func served() {
        let site = Site(pages: pages, serverURL: "https://status.example.com")
        #expect(site.pages.map(\.slug) == ["first", "second", "third"])
        #expect(site.servedPages.map(\.slug) == ["first", "third"])
        #expect(site.servedPage(id(1))?.slug == "first")
        #expect(site.servedPage(id(2)) == nil)
        #expect(site.servedPage(id(3))?.slug == "third")
        #expect(site.servedPage(id(4)) == nil)
    }

    @Test("A page is found at its domain, or otherwise under the server's address")
    func publicURL() {
        var page = pages[0]
        #expect(page.publicURL(serverURL: "http://localhost:8080") == "http://localhost:8080/third")
        page.domain = "status.example.com"
        #expect(page.publicURL(serverURL: "http://localhost:8080") == "https://status.example.com")
        page.domainScheme = .http
        #expect(page.publicURL(serverURL: "http://localhost:8080") == "http://status.example.com")
    }
}

@Suite("APIKey")
struct APIKeyTests {
    @Test("Every key can read, and has the roles it was given")
    func roles() {
        let none = APIKey(id: id(1), name: "none", createdAt: second(0), roles: [])
        #expect(none.roles == [.statusPageViewer])
        let some = APIKey(
            id: id(1), name: "some", createdAt: second(0), roles: [.manageSettings, .statusPagePublisher])
        #expect(some.roles == [.statusPageViewer, .statusPagePublisher, .manageSettings])
        #expect(some.holds(.statusPageViewer))
        #expect(!some.holds(.apiKeysManage))
    }
}
