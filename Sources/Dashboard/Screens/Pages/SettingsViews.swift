import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// The frame of the screens of a page's settings.
struct SettingsView {
    enum Part: String, CaseIterable {
        case general = ""
        case domain, branding, widget

        var title: String {
            switch self {
            case .general: "General"
            case .domain: "Domain"
            case .branding: "Branding"
            case .widget: "Widget API"
            }
        }

        func path(of page: StatusPage) -> String {
            "\(page.dashboardPath)/settings" + (self == .general ? "" : "/\(rawValue)")
        }
    }

    let visit: Visit
    let page: StatusPage
    let part: Part
    var fields: Fields

    var path: String { part.path(of: page) }
    var mayChange: Bool { PageFields.mayChange(page, visit) }

    /// - Parameters:
    ///   - form: the controls of the form, without its button.
    ///   - after: what follows the form.
    func response(
        _ status: HTTPResponse.Status = .ok, save: HTML = "Save", hasFiles: Bool = false, _ form: HTML,
        after: HTML = ""
    ) -> Response {
        ScreenPage(
            visit: visit, title: part == .general ? "Settings" : part.title, page: page, tab: .settings,
            crumbs: part == .general ? [] : [("Settings", Part.general.path(of: page))]
        ) { html in
            html += """
                \(navigation)\(fields.summary)\(PageFields.declared(page, visit))

                """
            if !form.isEmpty {
                html += """
                    <form method="post" action="\(path)"\(HTML.when(hasFiles, " enctype=\"multipart/form-data\""))>
                    \(visit.csrfField)\(PageFields.editable(mayChange, form))\
                    \(HTML.when(mayChange, "<p class=\"actions\"><button class=\"main\">\(save)</button></p>\n"))</form>

                    """
            }
            html += after
        }.response(status)
    }

    private var navigation: HTML {
        let items = Part.allCases.map { part -> HTML in
            let mark = HTML.when(part == self.part, " aria-current=\"page\"")
            return "<a href=\"\(part.path(of: page))\"\(mark)>\(part.title)</a> "
        }
        return "<nav class=\"tabs parts\" aria-label=\"Settings\">\(items)</nav>\n"
    }
}

/// Changes settings of a page.
enum SettingsChange {
    /// - Parameter show: shows the form again, with its faults.
    static func save(
        _ visit: Visit, _ page: StatusPage, to path: String, _ draft: PageSettingsDraft,
        show: @escaping @Sendable ([FieldFault]) throws -> Response
    ) -> Outcome {
        let publishing = visit.context.publishing
        let id = page.id
        return visit.write(as: .manageSettings) { error in
            guard let faults = error as? Faults else { throw error }
            return .respond(try show(FieldFault.all(faults)))
        } _: { transaction, _ in
            try publishing.changePage(id, with: draft, in: transaction)
            return .redirect(path, .saved)
        }
    }
}
