public import HTTPTypes
import Markup
import StatusPages
import Storage

/// The pages that people look at.
extension DocumentKind {
    static let subscribePath = "/subscribe"
    static let htmlType = "text/html; charset=utf-8"

    static let site = [
        page("") { reading, form in
            let now = reading.edition.time
            return SitePage(reading, form).frontPage(bars: try reading.bars(at: now), past: try reading.past(at: now))
        },
        page("/history", dependsOnQuery: true) { reading, form in
            guard let history = try reading.history(page: form.number) else { return nil }
            return SitePage(reading, form).historyPage(
                form.number, months: history.months, hasOlder: history.hasOlder)
        },
        page(subscribePath) { reading, form in SitePage(reading, form).subscribePage() },
        event("/incidents/{id}") { reading, id in
            try reading.history.incident(ID(id)).flatMap { incident in
                let isShown = incident.pageID == reading.scope.page.id && reading.scope.shows(incident)
                return isShown ? .incident(incident) : nil
            }
        },
        event("/maintenances/{id}") { reading, id in
            try reading.history.maintenance(ID(id)).flatMap { maintenance in
                let isShown = maintenance.pageID == reading.scope.page.id && reading.scope.shows(maintenance)
                return isShown ? .maintenance(maintenance) : nil
            }
        },
    ]

    var isHTML: Bool {
        switch source {
        case .site, .siteEvent: true
        default: false
        }
    }

    private static func page(
        _ path: String, dependsOnQuery: Bool = false,
        _ render: @escaping @Sendable (Reading, DocumentForm) throws -> HTML?
    ) -> DocumentKind {
        DocumentKind(
            paths: [path], mediaType: htmlType, tag: .html, fields: siteFields, dependsOnQuery: dependsOnQuery,
            source: .site { try render($0, $1)?.bytes })
    }

    private static func event(
        _ path: String, _ find: @escaping @Sendable (Reading, ULID) throws -> PageEvent?
    ) -> DocumentKind {
        DocumentKind(
            paths: [path], mediaType: htmlType, tag: .html, fields: siteFields,
            source: .siteEvent { reading, form, id in
                try find(reading, id).map { SitePage(reading, form).eventPage($0).bytes }
            })
    }

    /// The fields that restrict a page to this server: it loads nothing from other hosts, and sends them nothing.
    static let siteFields: @Sendable (PageScope) -> HTTPFields = { scope in
        let origins = scope.page.site.embedOrigins.map(\.description)
        let ancestors = origins.isEmpty ? "'none'" : origins.joined(separator: " ")
        var fields: HTTPFields = [
            .contentSecurityPolicy: """
            default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; \
            frame-ancestors \(ancestors); img-src 'self'; script-src 'self'; style-src 'self'
            """,
            .openerPolicy: "same-origin",
            .crossOriginResourcePolicy: "same-origin",
            .permissionsPolicy: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            .referrerPolicy: "same-origin",
        ]
        if origins.isEmpty { fields[.xFrameOptions] = "DENY" }
        return fields
    }
}

extension SitePage {
    init(_ reading: Reading, _ form: DocumentForm) { self.init(reading.edition, scopeIndex: reading.scopeIndex, form) }

    init(_ edition: Edition, scopeIndex: Int, _ form: DocumentForm) {
        let scope = edition.scopes[scopeIndex]
        self.init(
            ScopeState(edition.state, scope.scope), assets: edition.catalog.assets, texts: .of(form.language),
            languages: scope.scope.page.site.languages.map(Texts.of), isLanguageChosen: form.isLanguageChosen,
            hasForm: edition.state.hasSubscriptionForm, base: form.base, version: scope.summary?.digest)
    }
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    // swift-format-ignore: NeverForceUnwrap
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    // swift-format-ignore: NeverForceUnwrap
    public static let xRobotsTag = HTTPField.Name("X-Robots-Tag")!
}
