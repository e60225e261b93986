/// The configured settings of a page's site.
public struct SiteSettings: Equatable, Sendable {
    /// The colour schemes that a site offers.
    public enum Theme: String, CaseIterable, Sendable {
        /// The one that the reader's system prefers.
        case auto
        case light, dark
    }

    public enum Scheme: String, CaseIterable, Sendable {
        case light, dark

        /// The background of the site, behind its texts and links.
        public var background: Colour {
            switch self {
            case .light: Colour(red: 0xFF, green: 0xFF, blue: 0xFF)
            case .dark: Colour(red: 0x0F, green: 0x14, blue: 0x1A)
            }
        }
    }

    /// The rule that an accent breaks, as a predicate; nil if texts in it can be read on the background of a scheme.
    public static func brokenRule(ofAccent colour: Colour, on scheme: Scheme) -> String? {
        let background = scheme.background
        let contrast = colour.contrast(with: background)
        guard contrast < Colour.leastTextContrast else { return nil }
        // Rounded down, so that a contrast that is too low never looks sufficient.
        let hundredths = Int(contrast * 100)
        let shown = "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10)"
        return "must have a contrast of at least \(Colour.leastTextContrast) : 1 with the background \(background), "
            + "not \(shown) : 1"
    }

    /// At most one value for each colour scheme.
    public struct ByScheme<Value: Equatable & Sendable>: Equatable, Sendable {
        public var light: Value?
        public var dark: Value?

        public init(light: Value? = nil, dark: Value? = nil) {
            self.light = light
            self.dark = dark
        }

        public subscript(scheme: Scheme) -> Value? {
            get { scheme == .light ? light : dark }
            set { if scheme == .light { light = newValue } else { dark = newValue } }
        }
    }

    /// Whether the page itself is served, with its feeds, calendar and Statuspage documents. Only public pages are.
    public var isEnabled = true
    /// Whether search engines may list the page.
    public var isIndexed = true
    public var theme = Theme.auto
    /// The owner's colour for links and focus. Nil: the site's own.
    public var accent = ByScheme<Colour>()
    /// A picture for the header. Without a dark one, both schemes show the light one.
    public var logo = ByScheme<Picture>()
    /// The owner's main website. The header links to it with the logo or, if there is none, with the name of its host.
    public var home: LinkTarget?
    public var support: LinkTarget?
    public var privacy: LinkTarget?
    public var terms: LinkTarget?
    /// The origins whose pages may show this one in a frame, as in `frame-ancestors` (CSP).
    public var embedOrigins: [Origin] = []
    /// The languages that readers may choose, each once. The first is the default; there is at least one.
    public var languages: [Language] = [.en]

    public init() {}

    /// The language for readers who ask for none.
    public var defaultLanguage: Language { languages.first ?? .en }
}

/// A language of the public pages. The raw value is its tag (RFC 5646).
public enum Language: String, CaseIterable, Sendable {
    case en, de, fr, es
    case ptBR = "pt-BR"
    case ja
}
