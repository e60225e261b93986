import Accounts
import HTTPServer
import HTTPTypes
import Markup
import PublicPages
import StatusPages

/// A screen for people without a session, and for errors: one narrow column.
struct PlainPage {
    let title: String
    var notice: Notice?
    let content: (inout HTML) -> Void

    init(title: String, notice: Notice? = nil, _ content: @escaping (inout HTML) -> Void) {
        self.title = title
        self.notice = notice
        self.content = content
    }

    func response(_ status: HTTPResponse.Status = .ok) -> Response {
        var html = Frame.opening(title: title, theme: .auto)
        html += """
            <body class="plain">
            <header><a class="brand" href="\(DashboardPlace.root)">Allclear</a></header>
            <main id="main" tabindex="-1">
            \(Frame.notice(notice))<h1>\(title)</h1>

            """
        content(&html)
        html += "</main>\n</body>\n</html>\n"
        return Frame.response(status, html)
    }
}

/// A screen of a user: navigation, heading and content.
struct ScreenPage {
    /// The parts of a status page's screens.
    enum Tab: String, CaseIterable {
        case overview = ""
        case incidents, maintenances, structure, templates, subscribers, settings

        var title: String {
            switch self {
            case .overview: "Overview"
            case .incidents: "Incidents"
            case .maintenances: "Maintenance"
            case .structure: "Structure"
            case .templates: "Templates"
            case .subscribers: "Subscribers"
            case .settings: "Settings"
            }
        }

        /// The role that people need to see it.
        var role: APIKey.Role {
            switch self {
            case .overview, .incidents, .maintenances: .statusPageViewer
            case .structure, .templates, .settings: .statusPageViewer
            case .subscribers: .subscribersManage
            }
        }
    }

    let visit: Visit
    let title: String
    /// The status page that the screen is about.
    var page: StatusPage?
    var tab: Tab?
    /// The path of the section in the main navigation, such as `/api-keys`.
    var section = ""
    /// Screens between the status page and this one.
    var crumbs: [(title: String, path: String)] = []
    /// Actions beside the heading.
    var actions: HTML = ""
    /// Writes what follows the heading.
    var content: (inout HTML) -> Void

    func response(_ status: HTTPResponse.Status = .ok) -> Response {
        var html = Frame.opening(title: title, theme: visit.user.theme)
        html.reserveCapacity(16_384)
        html += """
            <body>
            <a class="skip" href="#main">Skip to content</a>
            \(header)
            """
        if let page { html += tabs(of: page) }
        html += """
            <main id="main" tabindex="-1">
            \(Frame.notice(visit.notice))\(breadcrumbs)<div class="heading"><h1 dir="auto">\(title)</h1>\(actions)</div>

            """
        content(&html)
        html += "</main>\n</body>\n</html>\n"
        return Frame.response(status, html)
    }

    private var header: HTML {
        """
        <header>
        <a class="brand" href="\(DashboardPlace.root)">Allclear</a>
        \(publishLink)
        <nav aria-label="Main">\(sections.map(item))<a href="\(DashboardPlace.root)/account"\(mark("/account")) \
        title="\(visit.user.email)">Account</a>
        <form method="post" action="\(DashboardPlace.root)/logout">\(visit.csrfField)<button class="link">Log out</button></form>
        </nav>
        </header>

        """
    }

    private var sections: [(title: String, path: String)] {
        let all: [(String, String, APIKey.Role)] = [
            ("Status pages", "", .statusPageViewer), ("API keys", "/api-keys", .apiKeysManage),
            ("Users", "/users", .apiKeysManage), ("Audit log", "/audit", .apiKeysManage),
            ("System", "/system", .apiKeysManage),
        ]
        return all.filter { visit.may($0.2) }.map { ($0.0, $0.1) }
    }

    private func item(_ section: (title: String, path: String)) -> HTML {
        "<a href=\"\(DashboardPlace.root)\(section.path)\"\(mark(section.path))>\(section.title)</a> "
    }

    private func mark(_ path: String) -> HTML { path == section ? " aria-current=\"page\"" : "" }

    /// With one page, or on a page's screen, the form is one click away. Otherwise people choose the page first.
    private var publishLink: HTML {
        guard visit.may(.statusPagePublisher) else { return "" }
        let pages = visit.context.site.pages
        let target = page ?? (pages.count == 1 ? pages.first : nil)
        let path = target.map { "\($0.dashboardPath)/incidents/new" } ?? "\(DashboardPlace.root)?publish"
        return "<a class=\"button main\" href=\"\(path)\">Publish incident</a>"
    }

    private func tabs(of page: StatusPage) -> HTML {
        let items = Tab.allCases.filter { visit.may($0.role) }.map { tab -> HTML in
            let path = page.dashboardPath + (tab == .overview ? "" : "/\(tab.rawValue)")
            let mark: HTML = tab == self.tab ? " aria-current=\"page\"" : ""
            return "<a href=\"\(path)\"\(mark)>\(tab.title)</a> "
        }
        let view: HTML =
            page.hasSite
            ? "<a href=\"\(url: page.publicURL(serverURL: visit.context.site.serverURL))\">View page</a>" : ""
        return "<nav class=\"tabs\" aria-label=\"\(page.name)\">\(items)\(view)</nav>\n"
    }

    private var breadcrumbs: HTML {
        var all: [(title: String, path: String)] = []
        if let page {
            all.append(("Status pages", DashboardPlace.root))
            if tab != .overview || !crumbs.isEmpty { all.append((page.name, page.dashboardPath)) }
        }
        all += crumbs
        guard !all.isEmpty else { return "" }
        return """
            <nav class="crumbs" aria-label="Path">\(all.map { "<a href=\"\($0.path)\" dir=\"auto\">\($0.title)</a> " as HTML })</nav>

            """
    }
}

extension StatusPage {
    /// The path of the page's first screen.
    var dashboardPath: String { "\(DashboardPlace.root)/pages/\(slug)" }
}

extension Visit {
    /// Every form of a session has it.
    var csrfField: HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(csrf)\">" }
}

/// The parts that all screens share.
enum Frame {
    static func opening(title: String, theme: SiteSettings.Theme) -> HTML {
        let mark: HTML = theme == .auto ? "" : " data-theme=\"\(theme.rawValue)\""
        return """
            <!doctype html>
            <html lang="en"\(mark)>
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>\(title) – Allclear</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="\(DashboardAsset.style.path)">
            <script type="module" src="\(DashboardAsset.script.path)"></script>
            </head>

            """
    }

    static func notice(_ notice: Notice?) -> HTML {
        notice.map { "<p class=\"notice\" role=\"status\">\($0.text)</p>\n" } ?? ""
    }

    static func response(_ status: HTTPResponse.Status, _ html: HTML) -> Response {
        Response(status, fields: [.contentType: "text/html; charset=utf-8"], body: html.bytes)
    }
}
