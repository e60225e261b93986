import Cryptography
import HTTPServer
import Markup
import StatusPages

/// The texts of a form that began with a template. Other forms have no placeholders, so their texts keep all braces.
struct TemplateFilling: Sendable {
    /// The field that says that the form began with a template.
    static let mark = "from"

    let name: String
    let message: String
    let faults: [FieldFault]

    init(_ form: URLEncodedForm, _ values: TemplateValues) {
        let (name, message) = Self.texts(of: form)
        guard form[Self.mark] != nil else {
            (self.name, self.message, faults) = (name, message, [])
            return
        }
        let answers = Dictionary(
            Self.questions(of: form).map { ($0, form.trimmed(Self.field(of: $0))) }
        ) { first, _ in first }
        self.name = TemplateText(name).filled(with: values, answers: answers)
        self.message = TemplateText(message).filled(with: values, answers: answers)
        faults = Self.questions(of: form).filter { answers[$0] == "" }.map {
            FieldFault(Self.field(of: $0), "The template asks for “\($0)”. Enter it.")
        }
    }

    /// The questions of the form's texts, in order.
    static func questions(of form: URLEncodedForm) -> [String] {
        guard form[mark] != nil else { return [] }
        let (name, message) = texts(of: form)
        let first = TemplateText(name).questions
        return first + TemplateText(message).questions.filter { !first.contains($0) }
    }

    /// The fields for the answers.
    static func html(_ fields: Fields) -> HTML {
        let questions = questions(of: fields.values).map { fields.text(field(of: $0), $0, isRequired: true) }
        return "\(fields.hidden(mark))\(questions)"
    }

    /// The name of a question's field. It stays the same when the text around the question changes.
    private static func field(of question: String) -> String {
        let digits = SHA256.hash(Array(question.utf8)).prefix(4).map {
            String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
        }
        return "answer-\(digits.joined())"
    }

    /// The name, and the message with single line ends, because browsers send CR LF.
    private static func texts(of form: URLEncodedForm) -> (name: String, message: String) {
        (form.trimmed("name"), (form["message"] ?? "").replacing("\r\n", with: "\n"))
    }
}

/// The choice of a template in a form.
enum TemplateChoice {
    /// The select and its button; nothing if there are no templates.
    /// - Parameter path: the screen with the form.
    static func html(_ templates: [Template], _ fields: Fields, path: String) -> HTML {
        if templates.isEmpty { return "" }
        let options = [Fields.Option("", "None")] + templates.map { Fields.Option($0.id.description, $0.name) }
        return """
            <div class="choice">\(fields.select("template", "Template", options))\
            <button name="use" value="1" formaction="\(path)" formnovalidate>Use template</button></div>

            """
    }

    /// A form with the values of a template. Typed text stays: the name unchanged, the message below the template's.
    static func apply(_ template: Template, to form: URLEncodedForm) -> URLEncodedForm {
        let typed = form.trimmed("message")
        let message = [template.message, typed].filter { !$0.isEmpty }.joined(separator: "\n\n")
        let name = form.trimmed("name")
        var form = form.with([
            TemplateFilling.mark: template.id.description, "template": template.id.description, "message": message,
            "name": name.isEmpty ? template.title : name,
        ])
        if let status = template.status { form = form.with(["status": status]) }
        if let notifies = template.notifies, !notifies { form = form.with(["notify": nil]) }
        if let automates = template.automates { form = form.with(["automate": automates ? "on" : nil]) }
        if let minutes = template.durationMinutes { form = form.with(["duration": "\(minutes)"]) }
        let components = template.componentStatuses.sorted { $0.key < $1.key }
        switch template.kind {
        case .incident:
            let fields = components.map {
                URLEncodedForm.Field(ComponentFields.prefix + $0.key.description, $0.value)
            }
            let names = Set(fields.map(\.name))
            return URLEncodedForm(form.fields.filter { !names.contains($0.name) } + fields)
        case .maintenance:
            let chosen = Set(form.all("component"))
            let added = components.map(\.key.description).filter { !chosen.contains($0) }
            return URLEncodedForm(form.fields + added.map { URLEncodedForm.Field("component", $0) })
        }
    }
}
