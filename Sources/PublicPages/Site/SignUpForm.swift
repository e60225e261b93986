import Markup
import StatusPages

/// The values that somebody entered in the form to subscribe, and their faults.
struct SignUpEntry {
    var email = ""
    var chosen: Set<String> = []
    var isAddressInvalid = false
    var isComponentUnknown = false
}

/// The components that a form offers, in the order of the page.
struct OfferedComponents {
    struct Section {
        /// Nil for components that are in no group and on no sub-page.
        let name: String?
        let components: [Component]
    }

    let sections: [Section]

    init(_ scope: PageScope) {
        var sections: [Section] = []
        func add(_ items: [Structure.Item], on subPage: String?) {
            var loose: [Component] = []
            func close() {
                if !loose.isEmpty { sections.append(Section(name: subPage, components: loose)) }
                loose = []
            }
            for item in items {
                switch item {
                case .component(let placed): if !placed.isHidden { loose.append(placed.component) }
                case .group(let group):
                    close()
                    let visible = group.isHidden ? [] : group.components.filter { !$0.isHidden }.map(\.component)
                    let name = subPage.map { "\($0) · \(group.name)" } ?? group.name
                    if !visible.isEmpty { sections.append(Section(name: name, components: visible)) }
                case .subPage(let part):
                    close()
                    add(part.items, on: part.name)
                }
            }
            close()
        }
        add(scope.items, on: nil)
        self.sections = sections
    }
}

extension SitePage {
    /// The form to subscribe by email.
    func signUpForm(_ entry: SignUpEntry) -> HTML {
        let words = texts.signUp
        let invalid: HTML = entry.isAddressInvalid ? " aria-invalid=\"true\" autofocus" : ""
        let described: HTML = entry.isAddressInvalid ? "address-error address-hint" : "address-hint"
        let error: HTML =
            entry.isAddressInvalid ? "<p class=\"error\" id=\"address-error\">\(words.invalidAddress)</p>\n" : ""
        return """
            <section id="email">
            <h2>\(words.email)</h2>
            <p class="note">\(words.explanation)</p>
            <form method="post" action="\(link(.subscribe))">
            <label for="address">\(words.address)</label>
            \(error)<input id="address" name="email" type="email" autocomplete="email" required maxlength="254" \
            value="\(entry.email)" aria-describedby="\(described)"\(invalid)>
            <p class="note" id="address-hint">\(words.addressHint)</p>
            \(someComponents(entry))\
            <p class="trap"><label for="website">\(words.leaveEmpty)</label> \
            <input id="website" name="website" tabindex="-1" autocomplete="off"></p>
            <p class="actions"><button class="main">\(texts.subscription.subscribe)</button></p>
            </form>
            </section>

            """
    }

    /// Closed at first: most people want everything.
    private func someComponents(_ entry: SignUpEntry) -> HTML {
        let words = texts.signUp
        let offered = OfferedComponents(scope)
        guard !offered.sections.isEmpty else { return "" }
        let open: HTML = entry.chosen.isEmpty && !entry.isComponentUnknown ? "" : " open"
        let error = entry.isComponentUnknown ? words.unknownComponent : nil
        return """
            <details\(open)><summary>\(words.someComponents)</summary>
            \(choice(offered, entry.chosen, hint: words.noneChosen, error: error))</details>

            """
    }

    /// A list of components to choose from.
    /// - Parameters:
    ///   - chosen: ids.
    ///   - hint: explains an empty choice; nil for no hint.
    func choice(_ offered: OfferedComponents, _ chosen: Set<String>, hint: String?, error: String?) -> HTML {
        let notes: HTML = """
            \(error.map { "<p class=\"error\" id=\"components-error\">\($0)</p>\n" as HTML } ?? "")\
            \(hint.map { "<p class=\"note\" id=\"components-hint\">\($0)</p>\n" as HTML } ?? "")
            """
        let ids = [error == nil ? nil : "components-error", hint == nil ? nil : "components-hint"].compactMap(\.self)
        let described: HTML = ids.isEmpty ? "" : " aria-describedby=\"\(ids.joined(separator: " "))\""
        var html: HTML = "<fieldset\(described)><legend>\(texts.components)</legend>\n\(notes)"
        for section in offered.sections {
            let boxes = section.components.map { component -> HTML in
                let id = component.id.description
                let mark: HTML = chosen.contains(id) ? " checked" : ""
                return """
                    <li><label><input type="checkbox" name="component_ids" value="\(id)"\(mark)> \
                    <span dir="auto">\(component.name)</span></label></li>
                    """
            }
            if let name = section.name {
                html += """
                    <fieldset><legend dir="auto">\(name)</legend>
                    <ul>\(boxes)</ul>
                    </fieldset>

                    """
            } else {
                html += "<ul>\(boxes)</ul>\n"
            }
        }
        return "\(html)</fieldset>\n"
    }
}
