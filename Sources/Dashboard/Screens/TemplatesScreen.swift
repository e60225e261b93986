import Accounts
import HTTPServer
import HTTPTypes
import Markup
import PublicPages
import Publishing
import StatusPages
import Storage

/// "Templates": prepared texts, with which people begin an incident, a maintenance or an update.
enum TemplatesScreen {
    static let list = "\(PageScreen.path)/templates"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, list, .user { .respond(try showList($0)) })
        router.add(.get, "\(list)/new", .user(as: .manageSettings) { .respond(try showNew($0)) })
        router.add(.post, "\(list)/new", .user(as: .manageSettings, create))
        router.add(.get, "\(list)/{id}", .user(as: .manageSettings) { .respond(try show($0)) })
        router.add(.post, "\(list)/{id}", .user(as: .manageSettings, save))
        router.add(.post, "\(list)/{id}/archive", .user(as: .manageSettings, archive))
    }

    // MARK: The list

    private static func showList(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let templates = try visit.context.store.read { try $0.templates(for: page.id) }
        let create: HTML =
            visit.may(.manageSettings)
            ? "<p class=\"actions\"><a class=\"button\" href=\"\(path(on: page))/new\">Create template</a></p>" : ""
        return ScreenPage(visit: visit, title: "Templates", page: page, tab: .templates, actions: create) { html in
            if templates.isEmpty {
                html += "<p class=\"empty\">No templates yet</p>\n"
                return
            }
            html += "<ul class=\"cards\">\(templates.map { card(of: $0, on: page, visit) })</ul>\n"
        }.response()
    }

    private static func card(of template: Template, on page: StatusPage, _ visit: Visit) -> HTML {
        let name: HTML =
            visit.may(.manageSettings)
            ? "<a href=\"\(path(on: page))/\(template.id.description)\">\(template.name)</a>" : "\(template.name)"
        let target =
            switch template.kind {
            case .incident: "\(Incident.listPath(on: page))/new?template=\(template.id)"
            case .maintenance: "\(Maintenance.listPath(on: page))/new?template=\(template.id)"
            }
        let use: HTML =
            visit.may(.statusPagePublisher)
            ? "<a class=\"button\" href=\"\(target)\" aria-label=\"Use template \(template.name)\">Use template</a>"
            : ""
        return """
            <li><div class="row"><h2 dir="auto">\(name)</h2> \(use)</div>
            <p class="note">\(template.kind.title) · \(template.pageID == nil ? "Every page" : "Only this page")</p></li>

            """
    }

    private static func path(on page: StatusPage) -> String { "\(page.dashboardPath)/templates" }

    // MARK: The form

    private static func showNew(_ visit: Visit) throws -> Response {
        form(visit, on: try visit.page(), nil, Fields(URLEncodedForm([.init("automate", "on")])))
    }

    private static func show(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let template = try visit.context.store.read { try find(visit, on: page, in: $0) }
        return form(visit, on: page, template, Fields(values(of: template)))
    }

    /// A template that may be used on the page.
    private static func find(
        _ visit: Visit, on page: StatusPage, in transaction: ReadTransaction
    ) throws -> Template {
        guard let template = try ID<Template>(visit.parameters[1]).flatMap({ try transaction.template($0) }),
            (template.pageID ?? page.id) == page.id
        else { throw NotFound("template") }
        return template
    }

    private static func values(of template: Template) -> URLEncodedForm {
        var values: [(String, String)] = [
            ("kind", template.kind.rawValue), ("name", template.name), ("title", template.title),
            ("status", template.status ?? ""), ("message", template.message),
        ]
        if template.pageID == nil { values.append(("every_page", "on")) }
        if template.notifies == false { values.append(("silent", "on")) }
        if template.automates != false { values.append(("automate", "on")) }
        if let minutes = template.durationMinutes { values.append(("duration", "\(minutes)")) }
        values += template.componentStatuses.map { (ComponentFields.prefix + $0.key.description, $0.value) }
        return URLEncodedForm(values.map { URLEncodedForm.Field($0.0, $0.1) })
    }

    private static func draft(_ form: URLEncodedForm) -> TemplateDraft {
        var draft = TemplateDraft()
        draft.kind = form["kind"].flatMap(Template.Kind.init) ?? .incident
        draft.name = form.trimmed("name")
        draft.title = form.trimmed("title")
        draft.status = form["status"] ?? ""
        draft.message = (form["message"] ?? "").replacing("\r\n", with: "\n")
        draft.componentStatuses = Dictionary(ComponentFields.chosen(in: form)) { _, last in last }
        if form["silent"] != nil { draft.notifies = false }
        if form["automate"] == nil { draft.automates = false }
        let minutes = form.trimmed("duration")
        // Text that is not a number becomes zero, which the domain rejects.
        draft.durationMinutes = minutes.isEmpty ? nil : Int(minutes) ?? 0
        return draft
    }

    /// - Parameter template: nil for a new one.
    private static func form(
        _ visit: Visit, on page: StatusPage, _ template: Template?, _ fields: Fields
    ) -> Response {
        let target = "\(path(on: page))/\(template?.id.description ?? "new")"
        return ScreenPage(
            visit: visit, title: template?.name ?? "Create template", page: page, tab: .templates,
            crumbs: [("Templates", path(on: page))]
        ) { html in
            html += """
                \(fields.summary)<form method="post" action="\(target)">\(visit.csrfField)\
                \(fields.text("name", "Template name", attributes: " maxlength=\"200\""))\
                \(fields.radios("kind", "Kind", Template.Kind.allCases.map { Fields.Option($0.rawValue, $0.title) }))\
                \(fields.text("title", "Title", hint: "The name of the incident or maintenance.", isRequired: false,
                              attributes: " maxlength=\"200\""))\
                \(fields.select("status", "Status", statuses))\
                \(fields.area("message", "Message", hint: placeholders, isRequired: false,
                              attributes: " maxlength=\"4096\""))\
                \(components(fields, on: page))\
                \(fields.box("silent", "Do not notify subscribers",
                             hint: "The form’s box “Notify subscribers” is then not ticked."))\
                <fieldset><legend>Only for maintenance</legend>
                \(fields.text("duration", "Duration in minutes", type: .number, isRequired: false,
                              attributes: " min=\"1\" inputmode=\"numeric\""))\
                \(fields.box("automate", "Update the status automatically"))</fieldset>
                \(fields.box("every_page", "Every page", hint: "A template for every page has no components."))\
                <p class="actions"><button class="main">Save template</button></p>
                </form>

                """
            guard let template else { return }
            html += """
                <section><h2>More</h2>
                <form method="post" action="\(path(on: page))/\(template.id.description)/archive">\(visit.csrfField)
                <p class="note">Nobody can choose an archived template.</p>
                <p class="actions"><button class="danger">Archive template</button></p>
                </form></section>

                """
        }.response(fields.faults.isEmpty ? .ok : .unprocessableContent)
    }

    private static let placeholders = """
        {page}, {components}, {start}, {end}, {duration} and {time} are filled in. {?question} becomes a field named \
        “question”.
        """

    private static var statuses: [Fields.Option] {
        [Fields.Option("", "Not set")] + Incident.Status.allCases.map { Fields.Option($0.rawValue, $0.word) }
            + Maintenance.Status.allCases.map { Fields.Option($0.rawValue, "Maintenance: \($0.word)") }
    }

    private static func components(_ fields: Fields, on page: StatusPage) -> HTML {
        let choices =
            [Fields.Option("", "Not affected")]
            + Incident.impacts.map { Fields.Option($0.rawValue, Incident.word(for: $0)) }
            + Maintenance.impacts.map { Fields.Option($0.rawValue, Maintenance.word(for: $0)) }
        let rows = page.structure.placements.map { placement in
            fields.select(
                ComponentFields.prefix + placement.component.id.description,
                ComponentFields.path(of: placement, on: page), choices)
        }
        return ComponentFields.frame(fields, "Affected components", note: nil, rows)
    }

    // MARK: Changes

    private static func create(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .manageSettings, recover: showing(visit, on: page, nil)) { transaction, _ in
            try visit.context.publishing.addTemplate(
                draft(visit.form), for: owner(visit.form, page), in: transaction)
            return .redirect(path(on: page), .created)
        }
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let template = try visit.context.store.read { try find(visit, on: page, in: $0) }
        return visit.write(as: .manageSettings, recover: showing(visit, on: page, template)) { transaction, _ in
            try visit.context.publishing.changeTemplate(
                template.id, with: draft(visit.form), for: owner(visit.form, page), in: transaction)
            return .redirect(path(on: page), .saved)
        }
    }

    private static func archive(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .manageSettings) { transaction, _ in
            let template = try find(visit, on: page, in: transaction.reading)
            try visit.context.publishing.archiveTemplate(template.id, in: transaction)
            return .redirect(path(on: page), .archived)
        }
    }

    private static func owner(_ form: URLEncodedForm, _ page: StatusPage) -> ID<StatusPage>? {
        form["every_page"] == nil ? page.id : nil
    }

    private static func showing(
        _ visit: Visit, on page: StatusPage, _ template: Template?
    ) -> @Sendable (any Error) throws -> Outcome {
        { error in
            guard let faults = error as? Faults else { throw error }
            let all = faults.all.map { fault in
                if case .name(let field) = fault.path.first { return FieldFault(field, fault.message) }
                return FieldFault(fault)
            }
            return .respond(form(visit, on: page, template, Fields(visit.form, faults: all)))
        }
    }
}

extension Template.Kind {
    /// The name for people.
    fileprivate var title: String {
        switch self {
        case .incident: "Incident"
        case .maintenance: "Maintenance"
        }
    }
}
