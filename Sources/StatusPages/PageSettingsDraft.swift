/// A command to change the settings of a page, as somebody typed them. It has not been checked yet. Nil keeps the
/// current value. Blank text removes an optional value.
public struct PageSettingsDraft: Sendable {
    public enum PictureChange: Equatable, Sendable {
        case remove
        /// The content of a file.
        case replace([UInt8])
    }

    /// Whether the page offers a form to subscribe by email.
    public enum SubscriptionForm: String, CaseIterable, Sendable {
        /// The default for the page's kind.
        case usual
        case on, off
    }

    public var name: String?
    public var slug: String?
    public var description: String?
    public var kind: StatusPage.Kind?
    public var displayUptimeMode: StatusPage.DisplayUptimeMode?
    public var timeZone: String?

    public var isWidgetEnabled: Bool?
    public var cachePolicy: CachePolicy?

    public var domain: String?
    public var domainScheme: StatusPage.DomainScheme?

    public var isSiteEnabled: Bool?
    public var isIndexed: Bool?
    public var theme: SiteSettings.Theme?
    public var accent = SiteSettings.ByScheme<String>()
    public var logo = SiteSettings.ByScheme<PictureChange>()
    public var favicon: PictureChange?
    public var home: String?
    public var support: String?
    public var privacy: String?
    public var terms: String?
    public var embedOrigins: [String]?
    /// The tags of the languages, the default first.
    public var languages: [String]?

    public var subscriptionForm: SubscriptionForm?
    public var from: String?
    public var replyTo: String?

    public init() {}

    /// The facts beyond the page that the check needs.
    public struct Surroundings: Sendable {
        /// The slugs of all other pages, archived ones included.
        public var slugs: Set<String>
        /// The names of the other pages that are not archived, by their domain.
        public var domains: [String: String]
        /// The first segments of the server's own paths.
        public var reservedWords: Set<String>
        public var isTimeZone: @Sendable (String) -> Bool

        public init(
            slugs: Set<String>, domains: [String: String], reservedWords: Set<String>,
            isTimeZone: @escaping @Sendable (String) -> Bool
        ) {
            self.slugs = slugs
            self.domains = domains
            self.reservedWords = reservedWords
            self.isTimeZone = isTimeZone
        }
    }

    /// The page with the changed settings.
    /// - Throws: everything that is wrong with the command. The last step of a path is the name of the setting, such as
    ///   `accent_light`.
    public func page(changing page: StatusPage, among surroundings: Surroundings) throws(Faults) -> StatusPage {
        var check = PageSettingsCheck(page: page)
        check.apply(self, surroundings)
        guard check.faults.isEmpty else { throw Faults(check.faults) }
        return check.page
    }
}

/// Changes a page setting by setting, and collects the faults.
private struct PageSettingsCheck {
    var page: StatusPage
    private(set) var faults: [Fault] = []

    init(page: StatusPage) { self.page = page }

    mutating func apply(_ draft: PageSettingsDraft, _ surroundings: PageSettingsDraft.Surroundings) {
        general(draft, surroundings)
        if let domain = draft.domain { self.domain(domain, surroundings) }
        page.domainScheme = draft.domainScheme ?? page.domainScheme
        page.isWidgetEnabled = draft.isWidgetEnabled ?? page.isWidgetEnabled
        if let policy = draft.cachePolicy { cache(policy) }
        site(draft)
        pictures(draft)
        subscriptions(draft)
    }

    private mutating func general(_ draft: PageSettingsDraft, _ surroundings: PageSettingsDraft.Surroundings) {
        if let name = draft.name {
            if let problem = TextRule.name.problem(name) { note("name", problem) }
            page.name = name
        }
        if let slug = draft.slug, slug != page.slug {
            if let rule = ItemKey.brokenRule(ofPathSegment: slug, reserved: surroundings.reservedWords) {
                note("slug", "The slug \(rule).", .invalidFormat)
            } else if surroundings.slugs.contains(slug) {
                note("slug", "Another page, possibly an archived one, has the slug \"\(slug)\".")
            }
            page.slug = slug
        }
        if let text = draft.description {
            if !TextRule.isBlank(text), let problem = TextRule.description.problem(text) {
                note("description", problem)
            }
            page.description = TextRule.isBlank(text) ? nil : text
        }
        page.kind = draft.kind ?? page.kind
        page.displayUptimeMode = draft.displayUptimeMode ?? page.displayUptimeMode
        if let zone = draft.timeZone {
            if !surroundings.isTimeZone(zone) {
                note("time_zone", "The time zone must be a name such as \"Europe/Berlin\".", .invalidFormat)
            }
            page.timeZone = zone
        }
    }

    private mutating func domain(_ text: String, _ surroundings: PageSettingsDraft.Surroundings) {
        page.domain = nil
        if TextRule.isBlank(text) { return }
        guard let domain = PageDomain.parse(text) else {
            return note("domain", "The domain \(PageDomain.rule).", .invalidFormat)
        }
        if let other = surroundings.domains[domain] { note("domain", "The page \"\(other)\" already has this domain.") }
        page.domain = domain
    }

    private mutating func cache(_ policy: CachePolicy) {
        let values = [
            ("max_age", policy.maxAge), ("stale_while_revalidate", policy.staleWhileRevalidate),
            ("stale_if_error", policy.staleIfError),
        ]
        for (field, seconds) in values where !(0...CachePolicy.longest).contains(seconds) {
            note(field, "The value must be a whole number of seconds from 0 to \(CachePolicy.longest).")
        }
        page.cachePolicy = policy
    }

    private mutating func site(_ draft: PageSettingsDraft) {
        page.site.isEnabled = draft.isSiteEnabled ?? page.site.isEnabled
        page.site.isIndexed = draft.isIndexed ?? page.site.isIndexed
        page.site.theme = draft.theme ?? page.site.theme
        for scheme in SiteSettings.Scheme.allCases {
            if let text = draft.accent[scheme] { page.site.accent[scheme] = accent(text, on: scheme) }
        }
        set(\.site.home, draft.home, "home", LinkTarget.init, LinkTarget.rule)
        set(\.site.support, draft.support, "support", LinkTarget.init, LinkTarget.rule)
        set(\.site.privacy, draft.privacy, "privacy", LinkTarget.init, LinkTarget.rule)
        set(\.site.terms, draft.terms, "terms", LinkTarget.init, LinkTarget.rule)
        if let texts = draft.embedOrigins {
            page.site.embedOrigins = list(texts, "embed_origins", Origin.init, Origin.rule)
        }
        if let texts = draft.languages {
            let names = Language.allCases.map(\.rawValue).joined(separator: ", ")
            page.site.languages = list(texts, "languages", Language.init(rawValue:), "must be one of: \(names)")
            if texts.isEmpty { note("languages", "The page must have at least one language.", .tooShort) }
        }
    }

    private mutating func accent(_ text: String, on scheme: SiteSettings.Scheme) -> Colour? {
        if TextRule.isBlank(text) { return nil }
        let field = "accent_\(scheme.rawValue)"
        guard let colour = Colour(text) else {
            note(field, "The accent must be a colour such as \"#0a62c9\".", .invalidFormat)
            return nil
        }
        if let rule = SiteSettings.brokenRule(ofAccent: colour, on: scheme) { note(field, "The accent \(rule).") }
        return colour
    }

    private mutating func pictures(_ draft: PageSettingsDraft) {
        for scheme in SiteSettings.Scheme.allCases {
            if let change = draft.logo[scheme] {
                page.site.logo[scheme] = picture(change, "logo_\(scheme.rawValue)", page.site.logo[scheme])
            }
        }
        if let change = draft.favicon { page.favicon = picture(change, "favicon", page.favicon) }
        let changesLogo = draft.logo != SiteSettings.ByScheme()
        if changesLogo, page.site.logo.dark != nil, page.site.logo.light == nil {
            note("logo_light", "A page with a dark logo must have a logo too.", .required)
        }
    }

    private mutating func picture(
        _ change: PageSettingsDraft.PictureChange, _ field: String, _ old: Picture?
    ) -> Picture? {
        guard case .replace(let bytes) = change else { return nil }
        do throws(Faults) {
            return try Picture(uploaded: bytes, at: [.name(field)])
        } catch {
            faults += error.all
            return old
        }
    }

    private mutating func subscriptions(_ draft: PageSettingsDraft) {
        switch draft.subscriptionForm {
        case nil: break
        case .usual: page.subscribe.hasForm = nil
        case .on: page.subscribe.hasForm = true
        case .off: page.subscribe.hasForm = false
        }
        let touchesForm = draft.subscriptionForm != nil || draft.kind != nil
        if touchesForm, page.subscribe.hasForm == true, page.kind == .internal {
            note("form", "An internal page has no subscribers, so it cannot have a form.")
        }
        let rule = "must be an email address such as \"Acme Status <status@acme.example>\""
        set(\.subscribe.from, draft.from, "from", Mailbox.init, rule)
        set(\.subscribe.replyTo, draft.replyTo, "reply_to", Mailbox.init, rule)
    }

    private mutating func set<Value>(
        _ path: WritableKeyPath<StatusPage, Value?>, _ text: String?, _ field: String, _ parse: (String) -> Value?,
        _ rule: String
    ) {
        guard let text else { return }
        page[keyPath: path] = TextRule.isBlank(text) ? nil : parse(text)
        if !TextRule.isBlank(text), page[keyPath: path] == nil { note(field, "The value \(rule).", .invalidFormat) }
    }

    private mutating func list<Value: Hashable>(
        _ texts: [String], _ field: String, _ parse: (String) -> Value?, _ rule: String
    ) -> [Value] {
        var seen: Set<Value> = []
        var values: [Value] = []
        for text in texts {
            guard let value = parse(text) else {
                note(field, "\"\(text.prefix(80))\" \(rule).", .invalidFormat)
                continue
            }
            if seen.insert(value).inserted { values.append(value) }
        }
        return values
    }

    private mutating func note(_ field: String, _ message: String, _ code: Fault.Code = .invalidValue) {
        faults.append(Fault(code, [.name(field)], message))
    }
}
