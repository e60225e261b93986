import HTTPServer
import HTTPTypes
import PublicPages
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

extension TestDashboard {
    /// The answer of the public pages as they are now.
    private func publicAnswer(_ path: String) throws -> Response? {
        let cache = DocumentCache()
        let site = publishing.site
        let now = ids.now()
        cache.show(
            try store.read { transaction in
                try site.servedPages.map { page in
                    cache.prepare(try transaction.state(of: page, serverURL: site.serverURL), at: now)
                }
            })
        let head = HTTPRequest(method: .get, scheme: nil, authority: Self.host, path: path)
        let request = Request(head: head, body: .complete([]), remoteAddress: "192.0.2.9")
        guard
            case .response(let response) = try PublicPages(cache, store: store, publishing: publishing).answer(request)
        else { return nil }
        return response
    }

    /// The text of a public document.
    func publicPage(_ path: String) throws -> String {
        String(decoding: try #require(try publicAnswer(path)).body, as: UTF8.self)
    }

    func publicStatus(_ path: String) throws -> Int { try publicAnswer(path)?.head.status.code ?? 404 }

    /// Declares an incident on a page.
    /// - Parameter component: the name of the component that it affects.
    func declareIncident(_ name: String, on slug: String, component: String? = nil) throws {
        let page = try page(slug)
        let affected = page.structure.placements.filter { $0.component.name == component }
        let command = IncidentCreation(
            name: name, status: .investigating, message: "Looking.", idempotencyKey: name, notifiesSubscribers: false,
            componentStatuses: affected.map {
                ComponentStatusDraft(componentID: $0.component.id.description, status: .fullOutage)
            })
        _ = try store.write(as: .test) { transaction in
            try publishing.create(command, on: page, in: transaction) as Published<Incident>
        }
    }

    /// Applies declared pages, as a reload does.
    func declare(_ pages: [PageDeclaration]) throws {
        try writer.refresh(
            as: .configuration,
            after: { transaction in
                _ = try self.publishing.apply(pages, allowsArchiving: true, in: transaction)
            }, refresh)
    }
}
