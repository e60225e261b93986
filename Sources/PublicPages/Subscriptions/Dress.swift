import HTTPServer
import HTTPTypes
import Markup
import StatusPages

/// The look of an answer for one reader: that of a page, in the reader's language. Its links begin with the base of the
/// reader's address.
struct Dress: Sendable {
    private let site: SitePage
    /// Whether the client asked for JSON instead.
    let wantsJSON: Bool

    var scope: PageScope { site.scope }

    /// - Parameters:
    ///   - scopeIndex: the page or sub-page in the edition.
    ///   - path: of that page or sub-page.
    init(_ edition: Edition, _ scopeIndex: Int, path: Substring, _ request: Request) {
        let scope = edition.scopes[scopeIndex].scope
        let base = String(path.dropLast(scope.path.count))
        let form = PageQuery(request.query).form(
            DocumentForm(base: base, language: scope.page.site.defaultLanguage), of: scope.page, request)
        site = SitePage(edition, scopeIndex: scopeIndex, form)
        let accepted = request.head.headerFields[.accept]
        wantsJSON = accepted?.contains("application/json") == true && accepted?.contains("text/html") != true
    }

    /// - Parameter state: for clients that asked for JSON; nil if they get another answer.
    func page(_ status: HTTPResponse.Status, _ state: String? = nil, _ write: (SitePage) -> HTML) -> Response {
        if wantsJSON, let state { return PublicPages.json(status, state) }
        var fields = DocumentKind.siteFields(site.scope)
        for field in Self.privateFields { fields[field.name] = field.value }
        fields[.contentLanguage] = site.texts.locale
        fields[.contentType] = DocumentKind.htmlType
        return Response(status, fields: fields, body: write(site).bytes)
    }

    /// These fields keep the answer out of caches and search engines, and its address out of other sites' logs.
    static let privateFields: HTTPFields = [
        .cacheControl: "no-store", .referrerPolicy: "no-referrer", .vary: "Accept", .xContentTypeOptions: "nosniff",
        .xRobotsTag: "noindex",
    ]
}

extension LookUp {
    /// The edition of the page at a path, even if the page itself is not served there. Subscribers of customers' pages
    /// get links, too.
    func page(_ path: String) -> Edition? {
        let host = HostName.key(authority)
        let byDomain = path.isEmpty ? contents.editions.first { $0.state.page.domain.map(HostName.key) == host } : nil
        return byDomain ?? contents.editions.first { "/\($0.state.page.slug)" == path }
    }
}
