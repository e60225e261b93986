import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// The screen of a structure: its items with what can be done to them, and the form of one of them.
struct StructureView {
    let visit: Visit
    let page: StatusPage
    let edited: StructureScreen.Edited
    let panel: StructurePanel?
    /// The components that can be added.
    let others: [ManagedComponent]
    /// The faults of the tree, with links to its items.
    let faults: [FieldFault]
    let isEditable: Bool

    static func isEditable(_ page: StatusPage, _ visit: Visit) -> Bool {
        PageFields.mayChange(page, visit) && page.management.manager == .dashboard
    }

    /// The faults of a tree, with links to its items.
    static func faults(_ faults: Faults) -> [FieldFault] {
        faults.all.map { fault in
            guard case .name(let handle) = fault.path.first else { return FieldFault("", fault.message) }
            return FieldFault("item-\(handle)", fault.message)
        }
    }

    private var path: String { StructureScreen.path(of: page) }

    func response(_ status: HTTPResponse.Status) -> Response {
        ScreenPage(visit: visit, title: "Structure", page: page, tab: .structure) { html in
            html += "<div id=\"structure\">\n"
            html += panel?.fields.summary ?? ""
            html += Fields(faults: faults).summary
            html += PageFields.declared(page, visit)
            html += claim
            if isEditable { html += tools }
            if let panel, panel.handle == nil {
                html += panel.html(visit, edited.tree, path: path)
                html += StructurePanel.existing(others, visit, edited.tree, path: path)
            }
            if edited.tree.items.isEmpty {
                html += "<p class=\"empty\">Nothing on this page yet</p>\n"
            } else {
                let target = HTML.when(isEditable, " data-path=\"\(path)\"")
                html += "<ul class=\"tree\"\(target)>\n\(list(edited.tree.items))</ul>\n"
            }
            if isEditable { html += ending }
            html += "</div>\n"
            if isEditable { html += "<p id=\"announcement\" class=\"unseen\" role=\"status\"></p>\n" }
        }.response(status)
    }

    private var claim: HTML {
        guard page.management.origin == .dashboard, page.management.manager != .dashboard else { return "" }
        let tool: HTML = page.management.manager == .terraform ? "Terraform" : "A tool"
        return "<p class=\"notice\">\(tool) manages this structure, so it cannot be changed here.</p>\n"
    }

    private var tools: HTML {
        """
        <form method="post" action="\(path)/save" id="tree">\(visit.csrfField)</form>
        <p class="actions"><a class="button" href="\(path)?add=component">Add component</a> \
        <a class="button" href="\(path)?add=group">Add group</a> \
        <a class="button" href="\(path)?add=sub_page">Add sub-page</a></p>

        """
    }

    /// Saving and discarding.
    private var ending: HTML {
        let unsaved: HTML =
            edited.unsaved.map { unsaved in
                """
                <span class="note">Changed \(Length.ago(unsaved.updatedAt, at: visit.now)), not saved yet. Readers do \
                not see it.\(edited.isOutdated ? " Somebody saved another structure meanwhile." : "")</span>

                """
            } ?? ""
        let discard: HTML =
            edited.unsaved == nil
            ? "" : "<button form=\"tree\" formaction=\"\(path)/discard\">Discard changes</button> "
        return """
            <div class="ending"><p class="actions"><button class="main" form="tree">Save structure</button> \
            \(discard)<a class="button" href="\(path)/preview">Preview</a></p>
            \(unsaved)</div>

            """
    }

    // MARK: Items

    private func list(_ items: [StructureTree.Item]) -> [HTML] {
        items.enumerated().map { index, item in
            row(item, isFirst: index == 0, isLast: index == items.count - 1)
        }
    }

    private func row(_ item: StructureTree.Item, isFirst: Bool, isLast: Bool) -> HTML {
        let id = item.handle.description
        let inner: HTML =
            item.kind == .component
            ? "" : "<ul data-empty=\"Nothing in it yet\">\(list(item.items))</ul>\n"
        let form: HTML =
            panel?.handle == item.handle ? panel?.html(visit, edited.tree, path: path) ?? "" : ""
        return """
            <li id="item-\(id)" data-item="\(id)" data-kind="\(item.kind.rawValue)" data-name="\(item.name)" tabindex="-1">
            <div class="item"><p><span class="name" dir="auto">\(item.name)</span> <span class="note">\(note(item))</span></p>
            \(isEditable ? actions(item, isFirst: isFirst, isLast: isLast) : "")</div>
            \(form)\(inner)</li>

            """
    }

    private func note(_ item: StructureTree.Item) -> HTML {
        var words: [String] = []
        switch item.kind {
        case .component: break
        case .group: words.append("Group")
        case .subPage: words.append("Sub-page")
        }
        if item.isHidden { words.append("hidden") }
        if item.kind != .subPage, !item.displaysUptime { words.append("without uptime") }
        if edited.current.tree.item(item.handle) == nil { words.append("new") }
        if item.areTextsFixed { words.append("managed elsewhere") }
        return HTML(text: words.joined(separator: " · "))
    }

    private func actions(_ item: StructureTree.Item, isFirst: Bool, isLast: Bool) -> HTML {
        let action = "\(path)/items/\(item.handle)"
        return """
            <div class="tools"><button form="tree" formaction="\(action)/up" aria-label="Move \(item.name) up"\
            \(isFirst ? " disabled" : "")>↑</button> \
            <button form="tree" formaction="\(action)/down" aria-label="Move \(item.name) down"\
            \(isLast ? " disabled" : "")>↓</button> \
            <a class="button" href="\(path)?edit=\(item.handle.description)" \
            aria-label="Edit \(item.name)">Edit</a> \
            <button form="tree" formaction="\(action)/remove" aria-label="Remove \(item.name)">Remove</button></div>
            """
    }
}

/// Why a structure was not saved, and what can be done.
enum StructureConflict {
    /// Somebody saved another structure meanwhile.
    static func response(_ visit: Visit, _ page: StatusPage) throws -> Response {
        let edited = try StructureScreen.edited(visit, page)
        let path = StructureScreen.path(of: page)
        return ScreenPage(
            visit: visit, title: "Structure", page: page, tab: .structure, crumbs: [("Structure", path)]
        ) { html in
            html += """
                <div class="faults" role="alert" tabindex="-1" autofocus><p>Somebody saved another structure of this page \
                while you edited yours. Nothing was changed.</p></div>
                <div class="both"><section><h2>Yours</h2>
                <ul class="tree">\(list(edited.tree.items, besides: edited.current.tree))</ul></section>
                <section><h2>On the page now</h2>
                <ul class="tree">\(list(edited.current.tree.items, besides: edited.tree))</ul></section></div>
                <form method="post" action="\(path)/save">\(visit.csrfField)\
                <input type="hidden" name="revision" value="\(edited.current.revision)">
                <p class="actions"><button class="main">Keep mine</button> \
                <button formaction="\(path)/discard">Discard mine</button> \
                <a class="button" href="\(path)">Back to editing</a></p></form>

                """
        }.response(.conflict)
    }

    /// - Parameter other: the other structure. Items that it lacks are marked.
    private static func list(_ items: [StructureTree.Item], besides other: StructureTree) -> [HTML] {
        items.map { item in
            let mark: HTML = other.item(item.handle) == nil ? " <span class=\"note\">only here</span>" : ""
            return """
                <li><div class="item"><p><span class="name" dir="auto">\(item.name)</span>\(mark)</p></div>
                \(HTML.when(!item.items.isEmpty, "<ul>\(list(item.items, besides: other))</ul>\n"))</li>

                """
        }
    }

    /// Ongoing events name components that would leave the page.
    static func response(
        _ visit: Visit, _ page: StatusPage, hiding events: [HiddenEvent], revision: Int?
    ) -> Response {
        let path = StructureScreen.path(of: page)
        let items = events.map { hidden -> HTML in
            let target =
                switch hidden.event {
                case .incident(let incident): "\(page.dashboardPath)/incidents/\(incident.id)"
                case .maintenance(let maintenance): "\(page.dashboardPath)/maintenances/\(maintenance.id)"
                }
            let name =
                switch hidden.event {
                case .incident(let incident): incident.name
                case .maintenance(let maintenance): maintenance.name
                }
            return """
                <li><a href="\(target)" dir="auto">\(name)</a>: \(hidden.components.joined(separator: ", "))</li>

                """
        }
        let replaced: HTML =
            revision.map { revision in "<input type=\"hidden\" name=\"revision\" value=\"\(revision)\">" } ?? ""
        return ScreenPage(
            visit: visit, title: "Structure", page: page, tab: .structure, crumbs: [("Structure", path)]
        ) { html in
            html += """
                <div class="faults" role="alert" tabindex="-1" autofocus>
                <p>Components would leave the page while these events name them. Nothing was changed.</p>
                <ul>\(items)</ul></div>
                <form method="post" action="\(path)/save">\(visit.csrfField)\
                <input type="hidden" name="anyway" value="on">\
                \(replaced)
                <p class="actions"><button class="danger">Save anyway</button> \
                <a class="button" href="\(path)">Back to editing</a></p></form>

                """
        }.response(.conflict)
    }
}
