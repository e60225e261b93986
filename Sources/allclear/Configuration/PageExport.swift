import Foundation
import StatusPages

/// A page as JSON for `pages` in the configuration. Keys with their default values are left out. Lists of items are
/// always present.
struct PageExport {
    private let page: PageDeclaration
    private let usual: PageDeclaration

    init(_ page: PageDeclaration) {
        self.page = page
        usual = PageDeclaration(slug: page.slug, name: page.name, kind: page.kind)
    }

    /// The JSON text, in several lines.
    func text() throws -> String { try Node.object(members).text(indent: "") }

    private var members: [(String, Node?)] {
        [
            ("slug", .text(page.slug)), ("adopt", .flag(page.adopts, unless: false)), ("name", .text(page.name)),
            ("description", page.description.map(Node.text)),
            ("kind", .text(page.kind.rawValue, unless: StatusPage.Kind.public.rawValue)),
            ("domain", page.domain.map(Node.text)),
            ("domain_scheme", .text(page.domainScheme.rawValue, unless: usual.domainScheme.rawValue)),
            ("widget", .flag(page.isWidgetEnabled, unless: usual.isWidgetEnabled)),
            ("site", .object(unlessEmpty: site)), ("subscribe", .object(unlessEmpty: subscribe)),
            ("cache", .object(unlessEmpty: cache)),
            ("display_uptime_mode", .text(page.displayUptimeMode.rawValue, unless: usual.displayUptimeMode.rawValue)),
            ("time_zone", .text(page.timeZone, unless: usual.timeZone)),
            ("structure", .list(page.items.map(Self.item))),
        ]
    }

    private var site: [(String, Node?)] {
        let (site, usual) = (page.site, usual.site)
        return [
            ("enabled", .flag(site.isEnabled, unless: usual.isEnabled)),
            ("index", .flag(site.isIndexed, unless: usual.isIndexed)),
            ("theme", .text(site.theme.rawValue, unless: usual.theme.rawValue)),
            (
                "accent",
                .object(unlessEmpty: [
                    ("light", site.accent.light.map { .text($0.description) }),
                    ("dark", site.accent.dark.map { .text($0.description) }),
                ])
            ),
            ("home", site.home.map { .text($0.description) }), ("support", site.support.map { .text($0.description) }),
            ("privacy", site.privacy.map { .text($0.description) }),
            ("terms", site.terms.map { .text($0.description) }),
            ("embed_origins", .list(unlessEmpty: site.embedOrigins.map { .text($0.description) })),
            ("locales", site.languages == usual.languages ? nil : .list(site.languages.map { .text($0.rawValue) })),
        ]
    }

    private var subscribe: [(String, Node?)] {
        [
            ("form", page.subscribe.hasForm.map(Node.flag)),
            ("from", page.subscribe.from.map { .text($0.description) }),
            ("reply_to", page.subscribe.replyTo.map { .text($0.description) }),
        ]
    }

    private var cache: [(String, Node?)] {
        let (cache, usual) = (page.cachePolicy, usual.cachePolicy)
        return [
            ("max_age", .number(cache.maxAge, unless: usual.maxAge)),
            ("stale_while_revalidate", .number(cache.staleWhileRevalidate, unless: usual.staleWhileRevalidate)),
            ("stale_if_error", .number(cache.staleIfError, unless: usual.staleIfError)),
        ]
    }

    private static func item(_ item: PageDeclaration.Item) -> Node {
        switch item {
        case .component(let component): .object([("component", self.component(component))])
        case .group(let group):
            .object([
                (
                    "group",
                    .object([
                        ("key", .text(group.key)), ("name", .text(group.name)),
                        ("description", group.description.map(Node.text)),
                        ("hidden", .flag(group.isHidden, unless: false)),
                        ("display_aggregated_uptime", .flag(group.displayAggregatedUptime, unless: true)),
                        ("components", .list(group.components.map(component))),
                    ])
                )
            ])
        case .subPage(let subPage):
            .object([
                (
                    "sub_page",
                    .object([
                        ("key", .text(subPage.key)), ("name", .text(subPage.name)),
                        ("items", .list(subPage.items.map(self.item))),
                    ])
                )
            ])
        }
    }

    private static func component(_ component: PageDeclaration.Component) -> Node {
        .object([
            ("key", .text(component.key)), ("name", .text(component.name)),
            ("description", component.description.map(Node.text)),
            ("display_uptime", .flag(component.displayUptime, unless: true)),
            ("hidden", .flag(component.isHidden, unless: false)),
        ])
    }
}

/// A JSON value whose members keep their order.
private indirect enum Node {
    case text(String)
    case flag(Bool)
    case number(Int)
    case list([Node])
    /// Members without a value are left out.
    case object([(String, Node?)])

    static func text(_ text: String, unless usual: String) -> Node? { text == usual ? nil : .text(text) }
    static func flag(_ flag: Bool, unless usual: Bool) -> Node? { flag == usual ? nil : .flag(flag) }
    static func number(_ number: Int, unless usual: Int) -> Node? { number == usual ? nil : .number(number) }
    static func list(unlessEmpty items: [Node]) -> Node? { items.isEmpty ? nil : .list(items) }

    static func object(unlessEmpty members: [(String, Node?)]) -> Node? {
        members.contains { $0.1 != nil } ? .object(members) : nil
    }

    func text(indent: String) throws -> String {
        let inner = indent + "  "
        switch self {
        case .text(let text): return try Self.quoted(text)
        case .flag(let flag): return "\(flag)"
        case .number(let number): return "\(number)"
        case .list(let items):
            return Self.joined(try items.map { try $0.text(indent: inner) }, "[", "]", indent: indent)
        case .object(let members):
            let lines = try members.compactMap { name, value in
                try value.map { "\(try Self.quoted(name)): \(try $0.text(indent: inner))" }
            }
            return Self.joined(lines, "{", "}", indent: indent)
        }
    }

    private static func joined(_ parts: [String], _ open: String, _ close: String, indent: String) -> String {
        if parts.isEmpty { return open + close }
        return "\(open)\n" + parts.map { "\(indent)  \($0)" }.joined(separator: ",\n") + "\n\(indent)\(close)"
    }

    private static func quoted(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
    }
}
