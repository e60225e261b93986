import HTTPServer
import HTTPTypes
import Markup
import StatusPages

/// How the audit log looks.
enum AuditViews {
    /// The longest text of a value. Exports have all of it.
    private static let mostCharacters = 200
    /// The most fields that are shown at once.
    private static let mostFields = 5

    /// - Parameter list: a part of the log, and the event after which the next part begins. Nil if the filter is
    ///   invalid.
    static func show(
        _ visit: Visit, _ query: AuditQuery, _ people: [Fields.Option], _ list: (events: [AuditEvent], older: Int64?)?,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        ScreenPage(visit: visit, title: "Audit log", section: "/audit") { html in
            let fields = Fields(query.form, faults: query.faults)
            html += """
                \(fields.summary)<form class="filter" method="get" action="\(AuditScreen.path)">
                \(fields.select("who", "Who", self.people(people, chosen: query.form["who"])))\
                \(fields.select("what", "What", actions))\
                \(fields.select("page", "Page", pages(visit, chosen: query.form["page"])))\
                \(fields.text("from", "From", type: .dateAndTime, isRequired: false))\
                \(fields.text("to", "To", type: .dateAndTime, isRequired: false))\
                <p class="actions"><button>Filter</button></p>
                </form>
                <p class="note">Times are in \(visit.zone.name).</p>

                """
            guard let list else { return }
            html += self.list(list.events, visit)
            html += "<p class=\"actions\">"
            if let older = list.older {
                html +=
                    "<a class=\"button\" href=\"\(query.address(AuditScreen.path, ["after": "\(older)"]))\">Older</a> "
            }
            let export = "\(AuditScreen.path)/export"
            html += """
                <a class="button" href="\(query.address(export, ["format": "csv"]))" download>Export as CSV</a> \
                <a class="button" href="\(query.address(export, ["format": "jsonl"]))" download>Export as JSON lines</a></p>
                <p class="note">Exports contain all changes that match, up to \(AuditScreen.mostExported).</p>

                """
        }.response(status)
    }

    private static func list(_ events: [AuditEvent], _ visit: Visit) -> HTML {
        guard !events.isEmpty else { return "<p class=\"empty\">No changes match</p>\n" }
        let names = Dictionary(visit.context.site.pages.map { ($0.id, $0.name) }) { first, _ in first }
        return """
            <div class="table"><table class="stack">
            <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th>\
            <th scope="col">Subject</th><th scope="col">Changes</th></tr></thead>
            <tbody>\(events.map { row(of: $0, page: $0.pageID.flatMap { names[$0] }, visit) })</tbody>
            </table></div>

            """
    }

    private static func row(of event: AuditEvent, page: String?, _ visit: Visit) -> HTML {
        let subject = event.subject
        let place: HTML =
            page.map { subject.kind == .page ? "" : "<span class=\"note\" dir=\"auto\">on \($0)</span>" } ?? ""
        return """
            <tr><td data-label="When">\(visit.zone.time(event.at))</td>\
            <td data-label="Who">\(actor(event.actor))</td>\
            <td data-label="What">\(event.action.words)</td>\
            <td data-label="Subject">\(subject.kind.words) <strong dir="auto">\(subject.name)</strong> \(place)</td>\
            <td data-label="Changes">\(changes(event.changes))</td></tr>

            """
    }

    /// The name links to everything that the key or user did.
    private static func actor(_ actor: AuditActor) -> HTML {
        let name: HTML =
            actor.id.map {
                "<a class=\"target\" href=\"\(AuditScreen.path)?who=\($0.description)\" dir=\"auto\">\(actor.name)</a>"
            }
            ?? "<span dir=\"auto\">\(actor.name)</span>"
        let kind: HTML = actor.name == actor.kind.rawValue ? "" : "<span class=\"note\">\(actor.kind.words)</span> "
        let address: HTML = actor.address.map { "<span class=\"note\">\($0)</span>" } ?? ""
        return "\(name) \(kind)\(address)"
    }

    private static func changes(_ changes: AuditChanges) -> HTML {
        let items = changes.fields.sorted { $0.key < $1.key }.map { field, change -> HTML in
            let name = field.split(separator: "_").joined(separator: " ")
            return switch change {
            case .hidden: "<li><span class=\"note\">\(name):</span> changed</li>"
            case .values(let before, let after) where before == after:
                "<li><span class=\"note\">\(name):</span> \(text(after))</li>"
            case .values(.none, let after): "<li><span class=\"note\">\(name):</span> \(text(after))</li>"
            case .values(let before, let after):
                "<li><span class=\"note\">\(name):</span> \(text(before)) → \(text(after))</li>"
            }
        }
        if items.count > mostFields {
            return "<details><summary>\(items.count) fields</summary><ul>\(items)</ul></details>"
        }
        return items.isEmpty ? "" : "<ul>\(items)</ul>"
    }

    private static func text(_ value: AuditValue) -> HTML {
        switch value {
        case .none: "nothing"
        case .text(""), .list([]): "empty"
        case .text(let text): "<span dir=\"auto\">\(cut(text))</span>"
        case .number(let number): "\(Int(number))"
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let texts): "<span dir=\"auto\">\(cut(texts.joined(separator: ", ")))</span>"
        }
    }

    private static func cut(_ text: String) -> String {
        let start = text.unicodeScalars.prefix(mostCharacters)
        return start.endIndex == text.unicodeScalars.endIndex ? text : String(start) + "…"
    }

    // MARK: The filter

    private static func people(_ people: [Fields.Option], chosen: String?) -> [Fields.Option] {
        let kinds = AuditActor.Kind.allCases.map { kind in
            Fields.Option(kind.rawValue, kind == .user || kind == .apiKey ? "Any \(kind.words)" : kind.words)
        }
        let all = [Fields.Option("", "Anybody")] + kinds + people
        return completed(all, chosen)
    }

    private static func pages(_ visit: Visit, chosen: String?) -> [Fields.Option] {
        let pages = visit.context.site.pages.map { Fields.Option($0.id.description, $0.name) }
        return completed([Fields.Option("", "All")] + pages, chosen)
    }

    /// Deleted keys and archived pages are not in the lists, but links may name them.
    private static func completed(_ options: [Fields.Option], _ chosen: String?) -> [Fields.Option] {
        guard let chosen, !options.contains(where: { $0.value == chosen }) else { return options }
        return options + [Fields.Option(chosen, chosen)]
    }

    private static let actions =
        [Fields.Option("", "Everything")]
        + AuditEvent.Action.allCases.map { Fields.Option($0.rawValue, $0.words) }
}

extension AuditEvent.Action {
    /// The name for people.
    var words: String {
        let words = rawValue.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension AuditActor.Kind {
    /// The name for people.
    var words: String {
        switch self {
        case .apiKey: "API key"
        case .user: "User"
        case .commandLine: "Command line"
        case .configuration: "Configuration"
        case .clock: "Clock"
        }
    }
}

extension AuditSubject.Kind {
    /// The name for people.
    var words: String {
        switch self {
        case .apiKey: "API key"
        case .subPage: "Sub-page"
        default:
            rawValue.prefix(1).uppercased() + rawValue.dropFirst().split(separator: "_").joined(separator: " ")
        }
    }
}
