import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

private typealias Component = PageDeclaration.Component
private typealias Group = PageDeclaration.Group
private typealias SubPage = PageDeclaration.SubPage

/// The pages that the API tests use.
let testPages = [
    PageDeclaration(
        slug: "acme", name: "Acme Status", description: "How Acme is doing", domain: "status.acme.example",
        items: [
            .component(Component(key: "website", name: "Website")),
            .group(
                Group(
                    key: "eu", name: "EU", description: "Europe",
                    components: [
                        Component(key: "login", name: "Login"),
                        Component(key: "billing", name: "Billing", displayUptime: false, isHidden: true),
                    ])),
            .group(Group(key: "empty", name: "Empty")),
            .subPage(
                SubPage(
                    key: "uk", name: "United Kingdom",
                    items: [
                        .component(Component(key: "pay", name: "Payments")),
                        .group(
                            Group(key: "uk-core", name: "UK Core", components: [Component(key: "core", name: "Core")])),
                    ])),
        ]),
    PageDeclaration(
        slug: "clients", name: "Clients", kind: .customer, displayUptimeMode: .nothing,
        items: [.component(Component(key: "portal", name: "Portal"))]),
    PageDeclaration(
        slug: "inside", name: "Inside", kind: .internal,
        items: [.component(Component(key: "wiki", name: "Wiki"))]),
]

/// Request bodies.
enum Body {
    /// The body of a valid creation. `members` are added to it.
    static func incident(
        key: String = "key-1", name: String = "Login fails", message: String = "We are looking into it.",
        status: String = "investigating", _ members: String = ""
    ) -> String {
        let extra = members.isEmpty ? "" : ", \(members)"
        return """
            {"status_page_id": "{acme}", "name": "\(name)", "incident_status": "\(status)", "message": "\(message)",
             "idempotency_key": "\(key)", "notify_subscribers": false\(extra)}
            """
    }

    static func components(_ statuses: KeyValuePairs<String, String>) -> String {
        let items = statuses.map { #"{"component_id": "{\#($0)}", "component_status": "\#($1)"}"# }
        return #""component_statuses": [\#(items.joined(separator: ", "))]"#
    }

    static func update(of incident: String, _ members: String = "") -> String {
        let extra = members.isEmpty ? "" : ", \(members)"
        return #"{"status_page_incident_id": "\#(incident)", "message": "News.", "notify_subscribers": false\#(extra)}"#
    }
}

extension TestServer {
    /// - Returns: the incident's ID.
    func declare(key: String, status: String = "investigating", _ members: String = "") throws -> String {
        let response = try publish(.post, "/v2/status_page_incidents", Body.incident(key: key, status: status, members))
        return try #require(response.string("/status_page_incident/id"), "\(response.text)")
    }

    /// Publishes an update and requires that it succeeds.
    @discardableResult
    func update(_ incident: String, _ members: String = "") throws -> TestResponse {
        let response = try publish(.post, "/v2/status_page_incident_updates", Body.update(of: incident, members))
        try #require(response.status == 201, "\(response.text)")
        return response
    }

    func show(_ incident: String) throws -> TestResponse { try get("/v2/status_page_incidents/\(incident)") }
}

extension TestServer {
    /// Makes a page that the configuration does not declare.
    /// - Returns: its ID.
    func makePage(_ slug: String, kind: StatusPage.Kind = .public) throws -> String {
        let page = try application.store.write(as: .clock) { transaction in
            try application.publishing.createPage(slug: slug, name: "Made", kind: kind, in: transaction)
        }
        // The server shows what another process has written.
        try application.writer.refresh(after: nil, application.publisher.refresh)
        return page.id.description
    }
}
