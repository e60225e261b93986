import HTTPServer
import Markup
import StatusPages

/// The form of one item of a structure.
struct StructurePanel: Sendable {
    let kind: StructureTree.Kind
    /// Nil: the form adds an item.
    let handle: ULID?
    /// The values, and their faults.
    var fields: Fields
    /// Whether name and description are managed elsewhere.
    var areTextsFixed = false

    /// The form that a link opens; nil without one.
    init?(_ query: URLEncodedForm, _ tree: StructureTree) {
        if let kind = query["add"].flatMap(StructureTree.Kind.init) {
            self.kind = kind
            handle = nil
            fields = Fields(
                URLEncodedForm([
                    URLEncodedForm.Field("inside", query["inside"] ?? ""), URLEncodedForm.Field("uptime", "on"),
                ]))
        } else if let item = query["edit"].flatMap({ ULID($0) }).flatMap(tree.item) {
            kind = item.kind
            handle = item.handle
            areTextsFixed = item.areTextsFixed
            fields = Fields(
                URLEncodedForm([
                    URLEncodedForm.Field("name", item.name), URLEncodedForm.Field("key", item.key ?? ""),
                    URLEncodedForm.Field("description", item.description ?? ""),
                    URLEncodedForm.Field("hidden", item.isHidden ? "on" : ""),
                    URLEncodedForm.Field("uptime", item.displaysUptime ? "on" : ""),
                    URLEncodedForm.Field("inside", tree.parent(of: item.handle)?.handle.description ?? ""),
                ]))
        } else {
            return nil
        }
    }

    /// The form that was sent; nil if it names no item.
    init?(form: URLEncodedForm) {
        guard let kind = form["kind"].flatMap(StructureTree.Kind.init) else { return nil }
        self.kind = kind
        handle = form["handle"].flatMap { ULID($0) }
        if form["handle"] != nil, handle == nil { return nil }
        fields = Fields(form)
        areTextsFixed = form["fixed"] != nil
    }

    var values: StructureTree.Fields {
        let form = fields.values
        return StructureTree.Fields(
            name: form.trimmed("name"), key: form.trimmed("key"), description: form["description"] ?? "",
            isHidden: form["hidden"] == "on", displaysUptime: form["uptime"] == "on")
    }

    /// The item that will contain this one; nil for the page itself.
    var inside: ULID? { ULID(fields.values["inside"] ?? "") }

    /// - Parameter path: of the screen.
    func html(_ visit: Visit, _ tree: StructureTree, path: String) -> HTML {
        let title: HTML =
            handle.flatMap(tree.item).map { item in "Edit \(item.name)" } ?? "Add \(kind.title)"
        let known: HTML =
            handle.map { handle in "<input type=\"hidden\" name=\"handle\" value=\"\(handle.description)\">" } ?? ""
        let texts: HTML = areTextsFixed ? " readonly" : " autocomplete=\"off\""
        let fixed: HTML =
            areTextsFixed
            ? "<p class=\"note\">Name and description are managed elsewhere. They cannot be changed here.</p>\n" : ""
        let rest: HTML =
            kind == .subPage
            ? ""
            : """
            \(fields.area("description", "Description", rows: 3, isRequired: false, attributes: texts))\
            \(fields.box("hidden", "Hidden", hint: "Readers do not see it."))\
            \(fields.box("uptime", "Show uptime"))\
            \(fields.select("inside", "Inside", Self.places(for: kind, in: tree)))
            """
        let keyHint =
            kind == .subPage
            ? "Its name in addresses. If empty, it is made from the name."
            : "Its name for commands and the configuration. If empty, it is made from the name."
        return """
            <form method="post" action="\(path)/items" id="panel" class="panel" aria-labelledby="panel-title">
            <h2 id="panel-title" dir="auto">\(title)</h2>
            \(visit.csrfField)<input type="hidden" name="kind" value="\(kind.rawValue)">\
            \(known)\(HTML.when(areTextsFixed, "<input type=\"hidden\" name=\"fixed\" value=\"on\">"))
            \(fixed)\(fields.text("name", "Name", attributes: "\(texts)\(fields.faults.isEmpty ? " autofocus" : "")"))\
            \(fields.text(
                "key", "Key", hint: keyHint, isRequired: false,
                attributes: " autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\""))\
            \(rest)\
            <p class="actions"><button class="main">Done</button> <a class="button" href="\(path)">Cancel</a></p>
            </form>

            """
    }

    /// The form that adds a component which exists; empty if there is none.
    static func existing(_ components: [ManagedComponent], _ visit: Visit, _ tree: StructureTree, path: String) -> HTML
    {
        if components.isEmpty { return "" }
        let fields = Fields()
        let options = components.map { Fields.Option($0.component.id.description, $0.component.name) }
        return """
            <form method="post" action="\(path)/place" class="panel" aria-labelledby="place-title">
            <h2 id="place-title">Add an existing component</h2>
            \(visit.csrfField)\(fields.select(
                "existing", "Existing component", options, hint: "From the API, or from another page."))\
            \(fields.select("existing_inside", "Inside", places(for: .component, in: tree)))\
            <p class="actions"><button>Add existing component</button></p>
            </form>

            """
    }

    private static func places(for kind: StructureTree.Kind, in tree: StructureTree) -> [Fields.Option] {
        [Fields.Option("", "The page itself")]
            + tree.possibleParents(of: kind).map { parent in
                let outer = tree.parent(of: parent.handle).map { "\($0.name) › " } ?? ""
                return Fields.Option(parent.handle.description, outer + parent.name)
            }
    }
}
