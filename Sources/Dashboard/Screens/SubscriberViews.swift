import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// How the screens of subscribers look.
enum SubscriberViews {
    static func list(
        _ visit: Visit, _ page: StatusPage, _ subscribers: [Subscriber], counts: [(Subscriber.State, Int)],
        next: ID<Subscriber>?
    ) -> Response {
        let path = page.subscribersPath
        let actions: HTML = """
            <p class="actions"><a class="button" href="\(path)/new">Add subscriber</a> \
            <a class="button" href="\(path)/import">Import</a> \
            <a class="button" href="\(path)/export" download>Export as CSV</a> \
            <a class="button" href="\(page.deliveriesPath)">Deliveries</a></p>
            """
        return ScreenPage(visit: visit, title: "Subscribers", page: page, tab: .subscribers, actions: actions) { html in
            let total = counts.map(\.1).reduce(0, +)
            guard total > 0 else {
                html += "<p class=\"empty\">No subscribers yet</p>\n"
                return
            }
            let words = counts.filter { $0.0 == .active || $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
            let fields = Fields(visit.query)
            html += """
                <p class="lead">\(words.joined(separator: ", "))</p>
                <form class="filter" method="get" action="\(path)">
                \(fields.text("q", "Address", type: .search, isRequired: false))\
                \(fields.select("status", "State", states))\
                \(fields.select("channel", "Channel", [.init("", "All")] + channels))\
                <p class="actions"><button>Filter</button></p>
                </form>
                \(table(of: subscribers, on: page, visit))
                """
            if let next {
                let query = visit.query.with(["after": "\(next)", "done": nil]).encoded
                html += "<p class=\"actions\"><a class=\"button\" href=\"\(path)?\(query)\">Next</a></p>\n"
            }
        }.response()
    }

    private static func table(of subscribers: [Subscriber], on page: StatusPage, _ visit: Visit) -> HTML {
        guard !subscribers.isEmpty else { return "<p class=\"empty\">No subscribers match</p>\n" }
        let rows = subscribers.map { subscriber -> HTML in
            """
            <tr><td><strong><a class="target" href="\(page.path(of: subscriber.id))">\(subscriber.shownAddress)</a></strong>\
            \(subscriber.name.map { "<br><span class=\"note\" dir=\"auto\">\($0)</span>" as HTML } ?? "")</td>\
            <td data-label="State">\(state(of: subscriber))</td>\
            <td data-label="Channel">\(subscriber.channel.title)</td>\
            <td data-label="Scope" dir="auto">\(ScopeFields.text(subscriber.scope, on: page))</td>\
            <td data-label="Since">\(visit.zone.time(subscriber.createdAt))</td></tr>

            """
        }
        return """
            <div class="table"><table class="stack">
            <thead><tr><th scope="col">Address</th><th scope="col">State</th><th scope="col">Channel</th>\
            <th scope="col">Scope</th><th scope="col">Since</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table></div>

            """
    }

    /// - Parameter title: of the screen.
    static func none(_ visit: Visit, _ page: StatusPage, title: String) -> Response {
        ScreenPage(visit: visit, title: title, page: page, tab: .subscribers) { html in
            html += "<p class=\"empty\">Internal pages have no subscribers</p>\n"
        }.response()
    }

    static func tooMany(_ visit: Visit, _ page: StatusPage, most: Int) -> Response {
        ScreenPage(visit: visit, title: "Subscribers", page: page, tab: .subscribers) { html in
            html += """
                <p class="lead">The page has more than \(most) subscribers by email. Export them with allclear \
                subscribers export.</p>

                """
        }.response(.unprocessableContent)
    }

    static func new(
        _ visit: Visit, _ page: StatusPage, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) -> Response {
        screen(visit, page, "Add subscriber") { html in
            html += """
                \(fields.summary)<form method="post" action="\(page.subscribersPath)/new">
                \(visit.csrfField)
                \(fields.select("channel", "Channel", channels))\
                \(fields.text("address", "Address", hint: "An email address, or the URL of a webhook or chat.", attributes: " autocomplete=\"off\""))\
                \(fields.select("format", "Format", formats, hint: "Only for webhooks."))\
                \(fields.text("name", "Name", hint: "For people who manage subscribers.", isRequired: false))\
                \(ScopeFields.html(fields, on: page))\
                \(fields.box("confirmed", "The owner of the address has agreed already", hint: "Otherwise an email asks for a confirmation. Webhooks and chats need none."))\
                <p class="actions"><button class="main">Add subscriber</button></p>
                </form>

                """
        }.response(status)
    }

    /// The only answer that contains the secret.
    static func secret(_ visit: Visit, _ page: StatusPage, _ subscriber: Subscriber, _ secret: String) -> Response {
        screen(visit, page, subscriber.shownAddress) { html in
            html += """
                <p class="notice" role="status">Copy the secret now. It is not shown again.</p>
                \(CopyField.html("secret", "Secret", secret, hint: "Webhooks are signed with it (Standard Webhooks)."))\
                <p class="actions"><a class="button" href="\(page.path(of: subscriber.id))">Done</a></p>

                """
        }.response()
    }

    // MARK: One subscriber

    /// - Parameter fields: the form with the settings; nil to show those of the subscriber.
    static func show(
        _ visit: Visit, _ page: StatusPage, _ subscriber: Subscriber, _ deliveries: DeliveryList,
        _ fields: Fields? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let fields = fields ?? Fields(form(of: subscriber))
        let path = page.path(of: subscriber.id)
        return screen(visit, page, subscriber.shownAddress) { html in
            html += """
                \(fields.summary)\(facts(of: subscriber, on: page, visit))\
                \(actions(on: subscriber, path, visit))\
                <section><h2>Settings</h2>
                <form method="post" action="\(path)">
                \(visit.csrfField)
                \(endpointFields(of: subscriber, fields))\
                \(fields.text("name", "Name", isRequired: false))\
                \(ScopeFields.html(fields, on: page))\
                <p class="actions"><button class="main">Save subscriber</button></p>
                </form></section>
                <section><h2>Deliveries</h2>
                \(DeliveryViews.table(of: deliveries, on: page, visit, returningTo: path))\
                <p class="actions"><a class="button" href="\(page.deliveriesPath)?subscriber=\(subscriber.id.description)">\
                All deliveries</a></p></section>
                <section><h2>Erase</h2>
                <p class="note">The address is removed with everything that was sent to it. An import or a sign-up may \
                add it again.</p>
                <div class="actions">\
                \(ActionForm.html(visit, "\(path)/erase", "Erase subscriber", isDangerous: true))</div></section>

                """
        }.response(status)
    }

    private static func facts(of subscriber: Subscriber, on page: StatusPage, _ visit: Visit) -> HTML {
        let zone = visit.zone
        return Facts.list([
            ("State", state(of: subscriber)), ("Reason", subscriber.reason.map { "\($0)" }),
            ("Channel", "\(subscriber.channel.title)"), ("Scope", "\(ScopeFields.text(subscriber.scope, on: page))"),
            ("Added", "\(zone.time(subscriber.createdAt)) \(subscriber.source.title)"),
            ("Confirmed", subscriber.confirmedAt.map(zone.time)),
            ("Quarantined", subscriber.quarantinedAt.map(zone.time)),
            ("Unsubscribed", subscriber.unsubscribedAt.map(zone.time)),
            ("ID", "<code>\(subscriber.id.description)</code>"),
        ])
    }

    private static func actions(on subscriber: Subscriber, _ path: String, _ visit: Visit) -> HTML {
        var forms: [HTML] = []
        if subscriber.channel == .email, subscriber.state == .pending {
            forms.append(ActionForm.html(visit, "\(path)/resend", "Resend confirmation"))
        }
        if subscriber.state == .quarantined { forms.append(ActionForm.html(visit, "\(path)/reactivate", "Reactivate")) }
        if subscriber.state != .unsubscribed {
            forms.append(ActionForm.html(visit, "\(path)/test", "Send test message"))
        }
        if subscriber.secrets != nil {
            forms.append(ActionForm.html(visit, "\(path)/rotate", "Rotate secret", fields: SentOnce.field(visit)))
        }
        return forms.isEmpty ? "" : "<div class=\"actions\">\(forms)</div>\n"
    }

    private static func endpointFields(of subscriber: Subscriber, _ fields: Fields) -> HTML {
        guard subscriber.channel != .email else { return "" }
        let format = subscriber.channel == .webhook ? fields.select("format", "Format", formats) : ""
        return "\(fields.text("address", "Address", type: .url))\(format)"
    }

    private static func form(of subscriber: Subscriber) -> URLEncodedForm {
        URLEncodedForm(
            [
                .init("address", subscriber.address), .init("name", subscriber.name ?? ""),
                .init("format", subscriber.format?.rawValue ?? ""),
            ] + ScopeFields.values(subscriber.scope))
    }

    // MARK: Parts

    private static func screen(
        _ visit: Visit, _ page: StatusPage, _ title: String, _ content: @escaping (inout HTML) -> Void
    ) -> ScreenPage {
        ScreenPage(
            visit: visit, title: title, page: page, tab: .subscribers,
            crumbs: [(title: "Subscribers", path: page.subscribersPath)], content: content)
    }

    static func state(of subscriber: Subscriber) -> HTML {
        let mark =
            switch subscriber.state {
            case .active: "operational"
            case .pending: "under_maintenance"
            case .quarantined: "partial_outage"
            case .unsubscribed: "no_data"
            }
        return "<span data-status=\"\(mark)\">\(EventViews.status(subscriber.state.title))</span>"
    }

    static let states =
        [Fields.Option("", "All")] + Subscriber.State.allCases.map { Fields.Option($0.rawValue, $0.title) }
    static let channels = Subscriber.Channel.allCases.map { Fields.Option($0.rawValue, $0.title) }
    private static let formats = [Fields.Option("incident_io", "incident.io"), .init("statuspage", "Statuspage")]
}

extension Subscriber {
    /// The address for people; addresses of people who unsubscribed are erased after a while.
    var shownAddress: String { address.isEmpty ? "(erased)" : address }
}

extension Subscriber.State {
    /// The name for people.
    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

extension Subscriber.Channel {
    /// The name for people.
    var title: String {
        switch self {
        case .email: "Email"
        case .webhook: "Webhook"
        case .slack: "Slack"
        case .teams: "Microsoft Teams"
        case .discord: "Discord"
        }
    }
}

extension Subscriber.Source {
    /// How the subscriber was added.
    fileprivate var title: String {
        switch self {
        case .form: "by the page's form"
        case .api: "by the API, the dashboard or the command line"
        case .imported: "by an import"
        }
    }
}
