import HTTPServer
import JSONInput
import Publishing
import StatusPages

/// Reads the declaration of one page.
struct PageReader {
    /// A page, and the settings that are not stored with it.
    struct Page {
        let declaration: PageDeclaration
        let tls: TLSFiles?
        let pictures: [PictureFile]
        /// Readers of the elements of `purge`.
        let purges: [JSONReader]
        let pointer: JSONPointer
    }

    private let reader: JSONReader
    private let keys = SeenKeys()

    /// The item keys of the page so far.
    private final class SeenKeys {
        var all: Set<String> = []
    }

    init(_ reader: JSONReader) { self.reader = reader }

    /// - Returns: nil if a required part could not be read. The reader has then noted a fault.
    func read() -> Page? {
        let slug = key("slug", of: reader, ConfigurationValues.pathSegment)
        let name = name(of: reader)
        let site = reader.object("site").map { SiteReader($0).read() }
        let kind = reader.choice("kind") ?? StatusPage.Kind.public
        let declaration = PageDeclaration(
            slug: slug ?? "", adopts: reader.bool("adopt") ?? false, name: name ?? "",
            description: description(of: reader),
            kind: kind, domain: domain(),
            domainScheme: domainScheme(), isWidgetEnabled: reader.bool("widget"),
            site: site?.settings ?? SiteSettings(),
            subscribe: reader.object("subscribe").map { Self.subscribe($0, of: kind) } ?? SubscribeSettings(),
            cachePolicy: cachePolicy(),
            displayUptimeMode: reader.choice("display_uptime_mode") ?? .chartAndPercentage,
            timeZone: timeZone() ?? "UTC",
            items: items(of: reader, "structure", isTopLevel: true))
        if declaration.componentCount > Structure.mostComponents {
            let rule = "has \(declaration.componentCount) components; the limit is \(Structure.mostComponents)"
            note(.value, reader.pointer.appending("structure"), rule)
        }
        let tls = tls()
        let purges = reader.objects("purge") ?? []
        reader.refuseUnknownMembers()
        return Page(
            declaration: declaration, tls: tls, pictures: site?.pictures ?? [], purges: purges,
            pointer: reader.pointer)
    }

    private func items(of reader: JSONReader, _ name: String, isTopLevel: Bool) -> [PageDeclaration.Item] {
        (reader.objects(name) ?? []).compactMap { element in
            let kinds = isTopLevel ? ["component", "group", "sub_page"] : ["component", "group"]
            let present = kinds.filter(element.has)
            guard present.count == 1 else {
                let names = kinds.map(\.quoted).joined(separator: " or ")
                note(
                    .value, element.pointer,
                    #"must be an object with \#(names), such as {"component": {"key": "api", "name": "API"}}"#)
                return nil
            }
            defer { element.refuseUnknownMembers() }
            switch present[0] {
            case "component": return element.object("component").map { .component(component($0)) }
            case "group": return element.object("group").map { .group(group($0)) }
            default: return element.object("sub_page").map { .subPage(subPage($0)) }
            }
        }
    }

    private func component(_ reader: JSONReader) -> PageDeclaration.Component {
        defer { reader.refuseUnknownMembers() }
        return PageDeclaration.Component(
            key: itemKey(of: reader), name: name(of: reader) ?? "", description: description(of: reader),
            displayUptime: reader.bool("display_uptime") ?? true, isHidden: reader.bool("hidden") ?? false)
    }

    private func group(_ reader: JSONReader) -> PageDeclaration.Group {
        defer { reader.refuseUnknownMembers() }
        return PageDeclaration.Group(
            key: itemKey(of: reader), name: name(of: reader) ?? "", description: description(of: reader),
            isHidden: reader.bool("hidden") ?? false,
            displayAggregatedUptime: reader.bool("display_aggregated_uptime") ?? true,
            components: (reader.objects("components") ?? []).compactMap(memberOfGroup))
    }

    /// In a group, a component is listed directly, without the key "component" around it.
    private func memberOfGroup(_ reader: JSONReader) -> PageDeclaration.Component? {
        let isWrapped = ["component", "group", "sub_page"].contains(where: reader.has)
        guard isWrapped, !reader.has("key") else { return component(reader) }
        let example = #"{"key": "api", "name": "API"}"#
        note(.value, reader.pointer, "must be the component itself, such as \(example)")
        return nil
    }

    private func subPage(_ reader: JSONReader) -> PageDeclaration.SubPage {
        defer { reader.refuseUnknownMembers() }
        return PageDeclaration.SubPage(
            key: itemKey(of: reader, ConfigurationValues.pathSegment), name: name(of: reader) ?? "",
            items: items(of: reader, "items", isTopLevel: false))
    }

    // MARK: Single values

    private func itemKey(
        of reader: JSONReader,
        _ parse: (String) -> ConfigurationValues.Parsed<String> = ConfigurationValues.key
    ) -> String {
        guard let key = key("key", of: reader, parse) else { return "" }
        if !keys.all.insert(key).inserted {
            note(.value, reader.pointer.appending("key"), "must differ from that of every other item of the page")
        }
        return key
    }

    private func key(
        _ name: String, of reader: JSONReader, _ parse: (String) -> ConfigurationValues.Parsed<String>
    ) -> String? {
        guard let text = required(name, of: reader) else { return nil }
        return parsed(parse(text), at: reader.pointer.appending(name))
    }

    private func name(of reader: JSONReader) -> String? {
        guard let text = required("name", of: reader) else { return nil }
        return checked(text, TextRule.name, at: reader.pointer.appending("name"))
    }

    private func description(of reader: JSONReader) -> String? {
        guard let text = reader.string("description"), !text.isEmpty else { return nil }
        return checked(text, TextRule.description, at: reader.pointer.appending("description"))
    }

    private func timeZone() -> String? {
        guard let name = reader.string("time_zone") else { return nil }
        guard Publishing.isTimeZone(name) else {
            note(.format, reader.pointer.appending("time_zone"), "must be a name such as \"Europe/Berlin\"")
            return nil
        }
        return name
    }

    private func domain() -> String? {
        guard let text = reader.string("domain") else { return nil }
        return parsed(ConfigurationValues.domain(text), at: reader.pointer.appending("domain"))
    }

    private func domainScheme() -> StatusPage.DomainScheme {
        if reader.has("domain_scheme"), !reader.has("domain") {
            note(.value, reader.pointer.appending("domain_scheme"), "has no effect without a domain")
        }
        return reader.choice("domain_scheme") ?? .https
    }

    /// The page's own certificate.
    private func tls() -> TLSFiles? {
        guard let reader = reader.object("tls") else { return nil }
        if !self.reader.has("domain") { note(.value, reader.pointer, "has no effect without a domain") }
        defer { reader.refuseUnknownMembers() }
        return reader.tlsFiles()
    }

    private func cachePolicy() -> CachePolicy {
        var policy = CachePolicy()
        guard let reader = reader.object("cache") else { return policy }
        func set(_ path: WritableKeyPath<CachePolicy, Int>, _ name: String) {
            if let seconds = reader.integer(name, in: 0...CachePolicy.longest) { policy[keyPath: path] = seconds }
        }
        set(\.maxAge, "max_age")
        set(\.staleWhileRevalidate, "stale_while_revalidate")
        set(\.staleIfError, "stale_if_error")
        reader.refuseUnknownMembers()
        return policy
    }

    private func required(_ name: String, of reader: JSONReader) -> String? {
        if !reader.has(name) { note(.missing, reader.pointer.appending(name), "is required") }
        return reader.string(name)
    }

    private func parsed(_ parsed: ConfigurationValues.Parsed<String>, at pointer: JSONPointer) -> String? {
        switch parsed {
        case .value(let value): return value
        case .problem(let message):
            note(.format, pointer, message)
            return nil
        }
    }

    private func checked(_ text: String, _ rule: TextRule, at pointer: JSONPointer) -> String? {
        guard let problem = rule.brokenRule(text) else { return text }
        note(.value, pointer, problem)
        return nil
    }

    private func note(_ code: JSONFault.Code, _ pointer: JSONPointer, _ message: String) {
        // If the value itself could not be read, do not report its missing parts as well.
        if reader.faults.covers(pointer) { return }
        reader.faults.note(JSONFault(code, pointer, message))
    }
}
