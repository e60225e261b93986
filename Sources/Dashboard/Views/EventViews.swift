import Markup
import PublicPages
import StatusPages
import Storage

/// How screens show events and states.
enum EventViews {
    /// The state of a page in words.
    static func state(of state: PageState) -> HTML {
        guard let scope = state.scopes.first else { return "" }
        let overall = ScopeState(state, scope).overall
        return "<p class=\"state\" data-state=\"\(overall.rawValue)\">\(status(overall.word))</p>"
    }

    /// The incidents and maintenances that are not over, with links.
    static func ongoing(in state: PageState, on page: StatusPage) -> HTML {
        let incidents = state.incidents.map { incident -> HTML in
            """
            <li><a href="\(page.dashboardPath)/incidents/\(incident.id.description)" dir="auto">\(incident.name)</a> \
            <span class="note">\(incident.status.word)</span></li>
            """
        }
        let maintenances = state.maintenances.map { maintenance -> HTML in
            """
            <li><a href="\(page.dashboardPath)/maintenances/\(maintenance.id.description)" dir="auto">\(maintenance.name)</a> \
            <span class="note">\(maintenance.status.word)</span></li>
            """
        }
        return incidents.isEmpty && maintenances.isEmpty ? "" : "<ul class=\"ongoing\">\(incidents)\(maintenances)</ul>"
    }

    /// A status as a word. The style adds its shape and its colour, which it takes from the element around it.
    static func status(_ word: String) -> HTML { "<span class=\"s\">\(word)</span>" }
}

extension Context {
    /// The current states of pages, by id. They are read at once.
    func states(of pages: [StatusPage]) throws -> [ID<StatusPage>: PageState] {
        let serverURL = site.serverURL
        let states = try store.read { transaction in
            try pages.map { try transaction.state(of: $0, serverURL: serverURL) }
        }
        return Dictionary(states.map { ($0.page.id, $0) }) { first, _ in first }
    }
}
