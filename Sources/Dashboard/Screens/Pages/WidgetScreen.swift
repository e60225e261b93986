import HTTPServer
import HTTPTypes
import Markup
import PublicPages
import Publishing
import StatusPages
import Storage

/// "Widget API": the JSON of a page for banners in other apps.
enum WidgetScreen {
    private static let path = "\(PageScreen.path)/settings/widget"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(try show($0, try $0.page())) })
        router.add(.post, path, .user(as: .manageSettings, save))
        router.add(.get, "\(path)/preview", .user { .respond(try preview($0)) })
    }

    private static func show(
        _ visit: Visit, _ page: StatusPage, _ typed: Fields? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let fields =
            typed
            ?? Fields(
                URLEncodedForm([
                    URLEncodedForm.Field("max_age", "\(page.cachePolicy.maxAge)"),
                    URLEncodedForm.Field("enabled", page.isWidgetEnabled ? "on" : ""),
                ]))
        let view = SettingsView(visit: visit, page: page, part: .widget, fields: fields)
        guard page.isServed else {
            let place: HTML =
                page.management.origin == .configuration
                ? "in the configuration" : "in its <a href=\"\(page.dashboardPath)/settings\">settings</a>"
            return view.response(
                status, "",
                after: """
                    <p class="empty">Internal pages have no widget: only users of the dashboard may see them. \
                    Change the kind of the page first, \(place).</p>

                    """)
        }
        let form: HTML = """
            \(fields.box(
                "enabled", "Widget API enabled",
                hint: "Anyone who knows the address can read the widget. While it is off, the address answers 404.",
                attributes: " role=\"switch\""))\
            \(fields.text(
                "max_age", "Cache seconds", type: .number,
                hint: "How long browsers and caches may keep the widget, in seconds.",
                attributes: " min=\"0\" max=\"\(CachePolicy.longest)\" inputmode=\"numeric\""))
            """
        return view.response(
            status, form,
            after: """
                \(addresses(of: page, visit))\(try previewRegion(of: page, visit))\(snippet(for: page, visit))\
                \(advice(on: page))
                """)
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let form = visit.form
        var draft = PageSettingsDraft()
        draft.isWidgetEnabled = form["enabled"] == "on"
        if let text = form["max_age"] {
            var policy = page.cachePolicy
            guard let seconds = Int(text), (0...CachePolicy.longest).contains(seconds) else {
                let fault = FieldFault(
                    "max_age", "The seconds must be a whole number from 0 to \(CachePolicy.longest).")
                return .respond(try show(visit, page, Fields(form, faults: [fault]), status: .unprocessableContent))
            }
            policy.maxAge = seconds
            draft.cachePolicy = policy
        }
        return SettingsChange.save(visit, page, to: "\(page.dashboardPath)/settings/widget", draft) { faults in
            try show(visit, page, Fields(form, faults: faults), status: .unprocessableContent)
        }
    }

    // MARK: Parts

    private static func addresses(of page: StatusPage, _ visit: Visit) -> HTML {
        let address = widgetURL(of: page, visit)
        let pageURL = page.publicURL(serverURL: visit.context.site.serverURL)
        let subPages = page.structure.subPages.enumerated().map { index, subPage in
            CopyField.html(
                "widget-url-\(index)", "Widget URL of \(subPage.name)", "\(pageURL)/\(subPage.key)/api/v1/summary")
        }
        let note = HTML.when(
            !page.isWidgetEnabled, "<p class=\"note\">The widget is off, so the address answers 404 now.</p>\n")
        return """
            <section><h2>Address</h2>
            \(note)\
            \(CopyField.html("widget-url", "Widget URL", address))\(subPages)</section>

            """
    }

    private static func widgetURL(of page: StatusPage, _ visit: Visit) -> String {
        "\(page.publicURL(serverURL: visit.context.site.serverURL))/api/v1/summary"
    }

    private static func previewRegion(of page: StatusPage, _ visit: Visit) throws -> HTML {
        """
        <section aria-labelledby="preview-title"><h2 id="preview-title">JSON preview</h2>
        <p class="note">\(page.isWidgetEnabled ? "Readers get this now." : "The widget is off: nobody gets this.")</p>
        <pre class="code" tabindex="0" data-refresh="\(page.dashboardPath)/settings/widget/preview">\
        \(try previewText(of: page, visit))</pre></section>

        """
    }

    private static func previewText(of page: StatusPage, _ visit: Visit) throws -> String {
        let serverURL = visit.context.site.serverURL
        let state = try visit.context.store.read { try $0.state(of: page, serverURL: serverURL) }
        return String(decoding: IndentedJSON.text(SummaryPreview.body(of: state)), as: UTF8.self)
    }

    /// The preview alone, for the script that keeps it up to date.
    private static func preview(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        guard page.isServed else { throw NotFound("widget") }
        return Response(
            .ok, fields: [.contentType: "application/json"], body: Array(try previewText(of: page, visit).utf8))
    }

    private static func snippet(for page: StatusPage, _ visit: Visit) -> HTML {
        let text = BannerSnippet.text(
            widget: widgetURL(of: page, visit), hasLinks: page.hasSite, seconds: max(page.cachePolicy.maxAge, 10))
        return """
            <section><h2>Banner</h2>
            <p class="note">Paste this into any website. It shows a banner while an incident or a maintenance is going \
            on, and nothing otherwise.</p>
            \(CopyField.area("banner-snippet", "Banner snippet", text, rows: 14))</section>

            """
    }

    private static func advice(on page: StatusPage) -> HTML {
        let policy = page.cachePolicy
        return """
            <section><h2>For many readers</h2>
            <ul class="advice">
            <li>Caches may keep the widget for \(policy.maxAge) s. For \(policy.staleWhileRevalidate) s more they may serve \
            it while they fetch a newer one, and for \(policy.staleIfError) s while this server fails.</li>
            <li>Put a cache or a CDN in front of it: with <code>ETag</code> and <code>stale-if-error</code>, readers get \
            the last state even if this server is down.</li>
            <li>Proxy it through your own app if your content security policy allows no other hosts, or if readers' \
            browsers block them. Do not poll it more often than every \(max(policy.maxAge, 10)) s.</li>
            </ul></section>

            """
    }
}
