import HTTPServer
import Markup
import StatusPages

/// A rule that a field of a form breaks.
struct FieldFault: Equatable, Sendable {
    /// The name of the field; empty for the form as a whole.
    let field: String
    /// A sentence.
    let message: String

    init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}

/// Writes the fields of a form, with the values that were entered and their faults. The name of a field is also its id.
struct Fields {
    let values: URLEncodedForm
    var faults: [FieldFault] = []

    init(_ values: URLEncodedForm = URLEncodedForm(), faults: [FieldFault] = []) {
        self.values = values
        self.faults = faults
    }

    /// The types of fields of one line (HTML §4.10.5.1).
    enum InputType: String {
        case text, email, password, url, search, number, date
        case dateAndTime = "datetime-local"
    }

    /// A field for a file. Forms with one need the encoding `multipart/form-data`.
    /// - Parameter types: the media types that people can choose.
    func file(_ name: String, _ label: String, types: String, hint: String? = nil) -> HTML {
        frame(name, label, hint) { described in
            "<input id=\"\(name)\" name=\"\(name)\" type=\"file\" accept=\"\(types)\"\(described)>"
        }
    }

    /// One choice of a select or of radio buttons.
    struct Option {
        let value: String
        let label: String

        init(_ value: String, _ label: String) {
            self.value = value
            self.label = label
        }
    }

    /// A list of all faults, each with a link to its field. Browsers focus the list when the screen opens.
    var summary: HTML {
        guard !faults.isEmpty else { return "" }
        let items = faults.map { fault -> HTML in
            fault.field.isEmpty
                ? "<li>\(fault.message)</li>" : "<li><a href=\"#\(fault.field)\">\(fault.message)</a></li>"
        }
        return """
            <div class="faults" role="alert" tabindex="-1" autofocus>
            <p>\(faults.count == 1 ? "There is a problem:" : "There are \(faults.count) problems:")</p>
            <ul>\(items)</ul>
            </div>

            """
    }

    /// A field of one line.
    /// - Parameter attributes: such as `autocomplete`.
    func text(
        _ name: String, _ label: String, type: InputType = .text, hint: String? = nil, isRequired: Bool = true,
        attributes: HTML = ""
    ) -> HTML {
        let value: HTML = type == .password ? "" : " value=\"\(values[name] ?? "")\""
        return frame(name, label, hint) { described in
            """
            <input id="\(name)" name="\(name)" type="\(type.rawValue)"\(value)\(isRequired ? " required" : "")\
            \(attributes)\(described)>
            """
        }
    }

    /// A field of several lines.
    func area(
        _ name: String, _ label: String, rows: Int = 6, hint: String? = nil, isRequired: Bool = true,
        attributes: HTML = ""
    ) -> HTML {
        frame(name, label, hint) { described in
            // A line end after the tag is not part of the text, so one is added for texts that begin with one.
            """
            <textarea id="\(name)" name="\(name)" rows="\(rows)"\(isRequired ? " required" : "")\(attributes)\(described)>
            \(values[name] ?? "")</textarea>
            """
        }
    }

    func select(_ name: String, _ label: String, _ options: [Option], hint: String? = nil) -> HTML {
        let chosen = values[name]
        let items = options.map { option -> HTML in
            "<option value=\"\(option.value)\"\(option.value == chosen ? " selected" : "")>\(option.label)</option>"
        }
        return frame(name, label, hint) { described in
            "<select id=\"\(name)\" name=\"\(name)\"\(described)>\(items)</select>"
        }
    }

    /// A box that sends `value` if it is ticked, otherwise nothing.
    /// - Parameter attributes: such as `role`.
    func box(
        _ name: String, _ label: String, hint: String? = nil, value: String = "on", attributes: HTML = ""
    ) -> HTML {
        let isOn = values.all(name).contains(value)
        let id = value == "on" ? name : "\(name)-\(value)"
        let note: HTML = hint.map { "<p class=\"note\" id=\"\(id)-hint\">\($0)</p>\n" } ?? ""
        let described: HTML = hint == nil ? "" : " aria-describedby=\"\(id)-hint\""
        return """
            <div class="box"><label><input type="checkbox" id="\(id)" name="\(name)" value="\(value)"\
            \(isOn ? " checked" : "")\(attributes)\(described)> <span dir="auto">\(label)</span></label>
            \(note)</div>

            """
    }

    /// Radio buttons, of which one is on.
    func radios(_ name: String, _ label: String, _ options: [Option], hint: String? = nil) -> HTML {
        let chosen = values[name] ?? options.first?.value
        let described = description(of: name, hint)
        let items = options.enumerated().map { index, option -> HTML in
            let id = index == 0 ? name : "\(name)-\(option.value)"
            return """
                <label><input type="radio" id="\(id)" name="\(name)" value="\(option.value)"\
                \(option.value == chosen ? " checked" : "")> <span>\(option.label)</span></label>

                """
        }
        return """
            <fieldset class="radios"\(described)><legend>\(label)</legend>
            \(notes(name, hint))<div>\(items)</div>
            </fieldset>

            """
    }

    func hidden(_ name: String) -> HTML {
        values[name].map { "<input type=\"hidden\" name=\"\(name)\" value=\"\($0)\">" } ?? ""
    }

    private func frame(_ name: String, _ label: String, _ hint: String?, _ control: (HTML) -> HTML) -> HTML {
        """
        <div class="field"><label for="\(name)" dir="auto">\(label)</label>
        \(notes(name, hint))\(control(description(of: name, hint)))</div>

        """
    }

    private func notes(_ name: String, _ hint: String?) -> HTML {
        let errors = faults.filter { $0.field == name }.map { "<span>\($0.message)</span> " as HTML }
        let error: HTML = errors.isEmpty ? "" : "<p class=\"error\" id=\"\(name)-error\">\(errors)</p>\n"
        return "\(hint.map { "<p class=\"note\" id=\"\(name)-hint\">\($0)</p>\n" as HTML } ?? "")\(error)"
    }

    private func description(of name: String, _ hint: String?) -> HTML {
        let isInvalid = faults.contains { $0.field == name }
        let ids = [hint == nil ? nil : "\(name)-hint", isInvalid ? "\(name)-error" : nil].compactMap(\.self)
        let described: HTML = ids.isEmpty ? "" : " aria-describedby=\"\(ids.joined(separator: " "))\""
        let invalid: HTML = isInvalid ? " aria-invalid=\"true\"" : ""
        return "\(described)\(invalid)"
    }
}

extension URLEncodedForm {
    /// The same fields, with some replaced or added.
    func with(_ values: KeyValuePairs<String, String?>) -> URLEncodedForm {
        let names = Set(values.map(\.key))
        return URLEncodedForm(
            fields.filter { !names.contains($0.name) }
                + values.compactMap { name, value in value.map { Field(name, $0) } })
    }

    /// The value of a field without white space at both ends; empty without the field.
    func trimmed(_ name: String) -> String {
        var text = (self[name] ?? "").drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
