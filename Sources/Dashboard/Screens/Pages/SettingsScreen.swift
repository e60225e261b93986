import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Settings" of a page.
enum SettingsScreen {
    private static let path = "\(PageScreen.path)/settings"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(show($0, try $0.page())) })
        router.add(.post, path, .user(as: .manageSettings, save))
        router.add(.get, "\(path)/export", .user(export))
    }

    private static func show(
        _ visit: Visit, _ page: StatusPage, _ typed: Fields? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let fields =
            typed
            ?? Fields(
                URLEncodedForm([
                    URLEncodedForm.Field("name", page.name),
                    URLEncodedForm.Field("description", page.description ?? ""),
                    URLEncodedForm.Field("kind", page.kind.rawValue),
                    URLEncodedForm.Field("display_uptime_mode", page.displayUptimeMode.rawValue),
                    URLEncodedForm.Field("time_zone", page.timeZone),
                    URLEncodedForm.Field("is_indexed", page.site.isIndexed ? "on" : ""),
                ]))
        let view = SettingsView(visit: visit, page: page, part: .general, fields: fields)
        let zones = Zone.names.map { "<option value=\"\($0)\"></option>" as HTML }
        let form: HTML = """
            \(fields.text("name", "Name", attributes: " autocomplete=\"off\""))\
            \(fields.area(
                "description", "Description", rows: 3, hint: "Shown below the name on the page.",
                isRequired: false))\
            \(fields.radios("kind", "Kind", PageFields.kinds, hint: PageFields.kindHint))\
            \(fields.select("display_uptime_mode", "Uptime display", uptimeModes))\
            \(fields.text(
                "time_zone", "Time zone", hint: "Such as Europe/Berlin. Templates write times in this zone.",
                attributes: " list=\"time-zones\" autocomplete=\"off\" spellcheck=\"false\""))\
            <datalist id="time-zones">\(zones)</datalist>\
            \(fields.box("is_indexed", "Search engines may list the page"))
            """
        return view.response(status, save: "Save settings", form, after: after(page, visit))
    }

    private static let uptimeModes = [
        Fields.Option(StatusPage.DisplayUptimeMode.chartAndPercentage.rawValue, "Chart and percentage"),
        Fields.Option(StatusPage.DisplayUptimeMode.chartOnly.rawValue, "Chart only"),
        Fields.Option(StatusPage.DisplayUptimeMode.nothing.rawValue, "Nothing"),
    ]

    private static func after(_ page: StatusPage, _ visit: Visit) -> HTML {
        let archive: HTML =
            PageFields.mayChange(page, visit)
            ? """
            <section><h2>Archive</h2>
            <p class="note">Nobody sees an archived page. It can be restored with everything on it.</p>
            <p class="actions"><a class="button danger" href="\(ArchivePageScreen.path(of: page))">Archive page</a></p></section>

            """ : ""
        return """
            <section><h2>Configuration</h2>
            <p class="note">The page as the configuration file would declare it, for those who keep their pages in a \
            repository.</p>
            <p class="actions"><a class="button" href="\(page.dashboardPath)/settings/export">Export as configuration</a>\
            </p></section>
            \(archive)
            """
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let form = visit.form
        var draft = PageSettingsDraft()
        draft.name = form.trimmed("name")
        draft.description = form["description"] ?? ""
        draft.kind = form["kind"].flatMap(StatusPage.Kind.init)
        draft.displayUptimeMode = form["display_uptime_mode"].flatMap(StatusPage.DisplayUptimeMode.init)
        draft.timeZone = form.trimmed("time_zone")
        draft.isIndexed = form["is_indexed"] == "on"
        return SettingsChange.save(visit, page, to: "\(page.dashboardPath)/settings", draft) { faults in
            show(visit, page, Fields(form, faults: faults), status: .unprocessableContent)
        }
    }

    // MARK: Export

    private static func export(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let text = try visit.context.surroundings.export(
            try visit.context.store.read { try $0.declaration(of: page) })
        if visit.query["download"] != nil {
            let fields: HTTPFields = [
                .contentType: "application/json",
                .contentDisposition: "attachment; filename=\"\(page.slug).json\"",
            ]
            return .respond(Response(.ok, fields: fields, body: Array((text + "\n").utf8)))
        }
        let pictures: HTML =
            page.site.logo == SiteSettings.ByScheme() && page.favicon == nil
            ? ""
            : """
            <p class="notice">The export does not contain the pictures. Name their files in <code>site.logo</code> and \
            <code>site.favicon</code>; otherwise the page loses them.</p>

            """
        return .respond(
            ScreenPage(
                visit: visit, title: "Export as configuration", page: page, tab: .settings,
                crumbs: [("Settings", "\(page.dashboardPath)/settings")]
            ) { html in
                html += """
                    <p class="lead">Add this to <code>pages</code> in the configuration. The next start or reload then \
                    takes the page over, with its history, and changes nothing else.</p>
                    \(pictures)\(CopyField.area("export", "Configuration", text, rows: 20))
                    <p class="actions"><a class="button" href="\(page.dashboardPath)/settings/export?download">Download</a></p>

                    """
            }.response())
    }
}
