import HTTPServer
import Markup
import Publishing
import StatusPages

/// The fields with which people choose affected components.
enum ComponentFields {
    /// The name of a component's field is this and the component's id.
    static let prefix = "component-"
    /// The id of the fieldset, to which faults link.
    static let group = "components"
    /// If there are more components, each group is folded, so that the form stays short on a phone.
    private static let mostUnfolded = 20

    /// A select for each component. Those that the event affects come first.
    /// - Parameters:
    ///   - unchanged: the first choice of each.
    ///   - now: the components that the event affects now.
    static func selects<Event: ComposedEvent>(
        _: Event.Type, _ fields: Fields, page: StatusPage, unchanged: String,
        now: [ID<Component>: Event.ComponentStatus]
    ) -> HTML {
        let all = page.structure.placements
        let isNew = unchanged == "Not affected"
        let choices =
            [Fields.Option("", unchanged)]
            + Event.ComponentStatus.allCases.filter { !isNew || Event.impacts.contains($0) }.map {
                Fields.Option($0.rawValue, Event.word(for: $0))
            }
        let row = { (placement: Structure.Placement) in
            fields.select(
                prefix + placement.component.id.description, path(of: placement, on: page), choices,
                hint: now[placement.component.id].map { "Now: \(Event.word(for: $0))" })
        }
        let affected = all.filter { now[$0.component.id] != nil }
        let others = all.filter { now[$0.component.id] == nil }
        let rows =
            affected.map(row)
            + folded(others, on: page, row) { placement in
                fields.values[prefix + placement.component.id.description]?.isEmpty == false
            }
        let closing = Event.word(for: Event.Status.closing)
        return frame(
            fields, "Affected components",
            note: "With \(closing), every component becomes operational, whatever you choose here.", rows)
    }

    /// The components with a status in a form.
    static func chosen(in form: URLEncodedForm) -> [(component: String, status: String)] {
        form.fields.filter { $0.name.hasPrefix(prefix) && !$0.value.isEmpty }.map {
            (String($0.name.dropFirst(prefix.count)), $0.value)
        }
    }

    /// A box for each component.
    static func boxes(_ fields: Fields, page: StatusPage) -> HTML {
        let rows = page.structure.placements.map { placement in
            fields.box("component", path(of: placement, on: page), value: placement.component.id.description)
        }
        return frame(fields, "Affected components", note: nil, rows)
    }

    /// Rows of components, with those of each group and sub-page behind a summary if there are many.
    /// - Parameter isChosen: whether a component is chosen in the form. Its group is open then.
    private static func folded(
        _ placements: [Structure.Placement], on page: StatusPage, _ row: (Structure.Placement) -> HTML,
        isChosen: (Structure.Placement) -> Bool
    ) -> [HTML] {
        guard placements.count > mostUnfolded else { return placements.map(row) }
        var names: [String] = []
        var groups: [String: [Structure.Placement]] = [:]
        for placement in placements {
            let name = groupPath(of: placement, on: page)
            if groups[name] == nil { names.append(name) }
            groups[name, default: []].append(placement)
        }
        return names.map { name in
            let members = groups[name] ?? []
            guard !name.isEmpty else { return "\(members.map(row))" }
            let open: HTML = members.contains(where: isChosen) ? " open" : ""
            return """
                <details\(open)><summary><span dir="auto">\(name)</span> (\(members.count))</summary>
                \(members.map(row))</details>

                """
        }
    }

    static func frame(_ fields: Fields, _ legend: String, note: String?, _ rows: [HTML]) -> HTML {
        if rows.isEmpty { return "<p class=\"note\">This page has no components yet.</p>\n" }
        let errors = fields.faults.filter { $0.field == group }.map { "<p class=\"error\">\($0.message)</p>\n" as HTML }
        return """
            <fieldset class="components" id="\(group)" tabindex="-1"><legend>\(legend)</legend>
            \(note.map { "<p class=\"note\">\($0)</p>\n" as HTML } ?? "")\(errors)\(rows)</fieldset>

            """
    }

    /// A component with its place on the page, such as `EU › Login`.
    static func path(of placement: Structure.Placement, on page: StatusPage) -> String {
        let group = groupPath(of: placement, on: page)
        return group.isEmpty ? placement.component.name : "\(group) › \(placement.component.name)"
    }

    /// The sub-page and group of a component; empty for one that stands alone.
    private static func groupPath(of placement: Structure.Placement, on page: StatusPage) -> String {
        let subPage = placement.subPageID.flatMap { id in page.structure.subPages.first { $0.id == id } }
        return [subPage?.name, placement.groupName].compactMap(\.self).joined(separator: " › ")
    }
}
