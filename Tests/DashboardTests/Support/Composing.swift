import Foundation
import HTTPServer
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

/// Helpers for tests of publishing.
extension TestDashboard {
    static let incidents = "/dashboard/pages/acme/incidents"
    static let maintenances = "/dashboard/pages/acme/maintenances"
    static let drafts = "/dashboard/pages/acme/drafts"

    /// The field of a component.
    func component(_ name: String) throws -> String { "component-\(try componentID(name))" }

    func componentID(_ name: String) throws -> ID<Component> {
        let placements = try page("acme").structure.placements
        return try #require(placements.first { $0.component.name == name }).component.id
    }

    /// Adds active subscribers of the page.
    func subscribe(_ count: Int) throws {
        let page = try page("acme")
        try store.write(as: .test) { transaction in
            for number in 0..<count {
                _ = try publishing.addSubscriber(
                    SubscriberDraft(channel: .webhook, url: "https://hook.example/\(number)"), confirmed: true,
                    on: page, in: transaction)
            }
        }
    }

    /// The incidents of the page, newest first.
    func incidents() throws -> [Incident] {
        let page = try page("acme").id
        return try store.read { try $0.incidents(of: page, limit: 100) ?? [] }
    }

    func maintenances() throws -> [Maintenance] {
        let page = try page("acme").id
        return try store.read { try $0.maintenances(of: page, limit: 100) ?? [] }
    }

    /// Declares an incident through the forms.
    /// - Returns: its path.
    @discardableResult
    func declare(_ name: String = "Log-in fails", in browser: Browser) throws -> String {
        let form = try browser.get("\(Self.incidents)/new")
        let review = try browser.submit(
            form, to: "\(Self.incidents)/review",
            [
                "name": name, "status": "investigating", "message": "We are looking.",
                try component("Login"): "partial_outage",
            ])
        let done = try browser.submit(review, to: Self.incidents)
        return String(try #require(done.location).prefix { $0 != "?" })
    }
}
