import Markup
import StatusPages

/// A page or sub-page at a moment, in one language and below one base, as HTML.
///
/// Each page is a method in a separate file.
struct SitePage {
    let state: ScopeState
    let assets: SiteAssets
    let texts: Texts
    /// The languages of the page, for links to the other ones. With fewer than two languages there are no links.
    var languages: [Texts] = []
    /// Whether the reader chose the language by `?lang=`. Links then keep it.
    var isLanguageChosen = false
    /// The path below which the page was asked for: `/acme`, or empty for a page with its own domain. A sub-page's key
    /// is not part of it.
    let base: String
    /// Whether the page has a form to subscribe by email.
    var hasForm = false
    /// The id of the stream's event with this state, without quotes. Nil if the page has no stream.
    var version: String?
    let components: VisibleComponents

    init(
        _ state: ScopeState, assets: SiteAssets, texts: Texts, languages: [Texts] = [],
        isLanguageChosen: Bool = false, hasForm: Bool = false, base: String, version: String?
    ) {
        self.state = state
        self.assets = assets
        self.texts = texts
        self.languages = languages
        self.isLanguageChosen = isLanguageChosen
        self.hasForm = hasForm
        self.base = base
        self.version = version
        components = VisibleComponents(state.scope)
    }

    var scope: PageScope { state.scope }
    var settings: SiteSettings { scope.page.site }

    /// A place below the page or sub-page.
    struct Place {
        /// Empty for the front page.
        let path: String
        /// For the history.
        var number = 1

        static let front = Place(path: "")
        static let history = Place(path: "/history")
        static let subscribe = Place(path: "/subscribe")

        /// The page behind a link in an email.
        static func subscription(_ token: String, _ action: String = "") -> Place {
            Place(path: "/subscriptions/\(token)\(action)")
        }
    }

    /// The path of a document that has no language.
    func path(_ below: String) -> String {
        let path = base + scope.path + below
        return path.isEmpty ? "/" : path
    }

    /// The address of a link to a page.
    func link(_ place: Place) -> String { path(place.path) + query(place, isLanguageChosen ? texts.locale : nil) }

    /// The address of a link to the page that a sub-page is part of, or to a sub-page.
    func link(toSubPage key: String?) -> String {
        let path = base + (key.map { "/\($0)" } ?? "")
        return (path.isEmpty ? "/" : path) + query(.front, isLanguageChosen ? texts.locale : nil)
    }

    /// The address of the same page in another language.
    func link(_ place: Place, in language: Texts) -> String { path(place.path) + query(place, language.locale) }

    /// The canonical address, for search engines.
    func canonical(_ place: Place) -> String { scope.url + place.path + query(place, nil) }

    private func query(_ place: Place, _ locale: String?) -> String {
        let parameters = [place.number > 1 ? "page=\(place.number)" : nil, locale.map { "lang=\($0)" }].compactMap(
            \.self)
        return parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
    }
}

extension HTML {
    /// A status as a word. The style adds its shape and its colour.
    static func status(_ word: String) -> HTML { "<span class=\"s\">\(word)</span>" }
}
