import HTTPServer
import Markup
import StatusPages

/// The part of a page that a subscriber hears about, as fields of a form.
enum ScopeFields {
    static func html(_ fields: Fields, on page: StatusPage) -> HTML {
        """
        \(fields.radios("scope", "Scope", [.init("page", "Whole page"), .init("chosen", "Only chosen components")]))\
        <fieldset class="choices"><legend>Chosen components</legend>
        \(items(page.structure.items, under: "", fields))</fieldset>

        """
    }

    private static func items(_ items: [Structure.Item], under path: String, _ fields: Fields) -> [HTML] {
        items.flatMap { item -> [HTML] in
            switch item {
            case .component(let placed): return [component(placed, under: path, fields)]
            case .group(let group):
                let box = fields.box("groups", "\(path)\(group.name) (whole group)", value: group.id.description)
                return [box] + group.components.map { component($0, under: "\(path)\(group.name) › ", fields) }
            case .subPage(let subPage):
                let box = fields.box("sub_pages", "\(subPage.name) (whole sub-page)", value: subPage.id.description)
                return [box] + self.items(subPage.items, under: "\(subPage.name) › ", fields)
            }
        }
    }

    private static func component(_ placed: Structure.PlacedComponent, under path: String, _ fields: Fields) -> HTML {
        fields.box("components", path + placed.component.name, value: placed.component.id.description)
    }

    /// Reads the fields.
    /// - Returns: nil if nothing is chosen. That must not become the whole page.
    static func draft(_ form: URLEncodedForm) -> ScopeDraft? {
        guard form["scope"] == "chosen" else { return ScopeDraft(componentIDs: [], groupIDs: [], subPageIDs: []) }
        let draft = ScopeDraft(
            componentIDs: form.all("components"), groupIDs: form.all("groups"), subPageIDs: form.all("sub_pages"))
        let isEmpty = [draft.componentIDs, draft.groupIDs, draft.subPageIDs].allSatisfy { $0?.isEmpty ?? true }
        return isEmpty ? nil : draft
    }

    static let nothingChosen = FieldFault("scope", "Choose at least one component, or the whole page.")

    /// The fields of a scope.
    static func values(_ scope: SubscriptionScope) -> [URLEncodedForm.Field] {
        guard case .chosen(let choice) = scope else { return [.init("scope", "page")] }
        return [.init("scope", "chosen")] + choice.components.map { .init("components", $0.description) }
            + choice.groups.map { .init("groups", $0.description) }
            + choice.subPages.map { .init("sub_pages", $0.description) }
    }

    /// A scope in words. Archived items are left out.
    static func text(_ scope: SubscriptionScope, on page: StatusPage) -> String {
        guard case .chosen(let choice) = scope else { return "Whole page" }
        let structure = page.structure
        let names =
            structure.subPages.filter { choice.subPages.contains($0.id) }.map(\.name)
            + structure.groups.filter { choice.groups.contains($0.id) }.map(\.name)
            + structure.placements.filter { choice.components.contains($0.component.id) }.map { placement in
                placement.groupName.map { "\($0) › \(placement.component.name)" } ?? placement.component.name
            }
        return names.isEmpty ? "Only archived components" : names.joined(separator: ", ")
    }
}
