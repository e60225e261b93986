import HTTPServer
import Markup
import StatusPages

/// A list of names with their values.
enum Facts {
    /// - Parameter facts: facts without a value are left out.
    static func list(_ facts: [(name: String, value: HTML?)]) -> HTML {
        let items = facts.compactMap { name, value -> HTML? in
            value.map { "<div><dt>\(name)</dt><dd dir=\"auto\">\($0)</dd></div>\n" }
        }
        return "<dl class=\"pairs\">\(items)</dl>\n"
    }
}

/// A text to copy: a field that selects itself, and a button for browsers with scripts.
enum CopyField {
    /// - Parameters:
    ///   - id: of the field.
    ///   - hint: a sentence.
    static func html(_ id: String, _ label: String, _ value: String, hint: String? = nil) -> HTML {
        let note: HTML = hint.map { "<p class=\"note\" id=\"\(id)-hint\">\($0)</p>\n" } ?? ""
        let described: HTML = hint == nil ? "" : " aria-describedby=\"\(id)-hint\""
        return """
            <div class="field"><label for="\(id)">\(label)</label>
            \(note)<div class="copy"><input id="\(id)" value="\(value)" readonly spellcheck="false"\
            \(described)> <button type="button" data-copy="\(id)" hidden>Copy \(label)</button></div></div>

            """
    }
}

extension CopyField {
    /// A text of several lines to copy.
    static func area(_ id: String, _ label: String, _ value: String, rows: Int) -> HTML {
        """
        <div class="field"><label for="\(id)">\(label)</label>
        <div class="copy"><textarea id="\(id)" class="code" rows="\(rows)" readonly spellcheck="false">
        \(value)</textarea> <button type="button" data-copy="\(id)" hidden>Copy \(label)</button></div></div>

        """
    }
}

/// A form with one button.
enum ActionForm {
    /// - Parameters:
    ///   - path: the path that the form is sent to.
    ///   - fields: hidden fields beside that of the session.
    static func html(
        _ visit: Visit, _ path: String, _ label: String, isDangerous: Bool = false, fields: HTML = "",
        attributes: HTML = ""
    ) -> HTML {
        let style: HTML = isDangerous ? " class=\"danger\"" : ""
        return """
            <form method="post" action="\(path)">\(visit.csrfField)\(fields)\
            <button\(style)\(attributes)>\(label)</button></form>

            """
    }
}

extension Faults {
    /// The faults of a form.
    /// - Parameter name: the name of the form's field for the start of a fault's path; nil if it has none.
    func inForm(_ name: (Fault) -> String?) -> [FieldFault] { all.map { FieldFault(name($0) ?? "", $0.message) } }
}

extension Fault {
    /// The first field in the path.
    var field: Field? {
        if case .field(let field)? = path.first { field } else { nil }
    }

    /// The place in a list, after its field.
    var index: Int? {
        if path.count > 1, case .index(let index) = path[1] { index } else { nil }
    }
}

extension URLEncodedForm {
    /// A text of several lines, which browsers send with CRLF.
    func lines(_ name: String) -> String {
        (self[name] ?? "").split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
    }
}
