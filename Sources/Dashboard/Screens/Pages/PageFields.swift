import Markup
import Publishing
import StatusPages

/// Fields and texts that the screens of pages share.
enum PageFields {
    static let kinds = StatusPage.Kind.allCases.map { Fields.Option($0.rawValue, $0.title) }
    static let kindHint = """
        Public pages have a site, feeds and a widget. Customer pages have a widget for your own apps, off at first. \
        Only users of the dashboard see internal pages.
        """

    /// Why the settings of a page cannot be changed here; empty if they can.
    static func declared(_ page: StatusPage, _ visit: Visit) -> HTML {
        guard page.management.origin == .configuration else { return "" }
        let place: HTML =
            visit.context.surroundings.pointer(page.slug).map { pointer in "at <code>\(pointer)</code>" }
            ?? "of this server"
        return """
            <p class="notice"><strong>Declared in the configuration</strong> \(place). \
            Change it there, and reload the server.</p>

            """
    }

    /// Whether the visitor may change the page here.
    static func mayChange(_ page: StatusPage, _ visit: Visit) -> Bool {
        visit.may(.manageSettings) && page.management.origin == .dashboard
    }

    /// A part of a form. People who may not change the page can only read it.
    static func editable(_ isEditable: Bool, _ content: HTML) -> HTML {
        isEditable ? content : "<fieldset class=\"bare\" disabled>\(content)</fieldset>\n"
    }
}

extension HTML {
    /// Markup that depends on a condition. A condition inside of an interpolation would make its literals plain text.
    static func when(_ condition: Bool, _ markup: @autoclosure () -> HTML) -> HTML { condition ? markup() : HTML() }
}

extension FieldFault {
    /// The faults of a command whose fields have the names of the form's fields.
    static func all(_ faults: Faults) -> [FieldFault] {
        faults.all.map { fault in
            switch fault.path.last {
            case .name(let name): FieldFault(name, fault.message)
            case .field(.name): FieldFault("name", fault.message)
            case .field(.key): FieldFault("key", fault.message)
            case .field(.description): FieldFault("description", fault.message)
            case .field(.group): FieldFault("inside", fault.message)
            default: FieldFault("", fault.message)
            }
        }
    }
}
