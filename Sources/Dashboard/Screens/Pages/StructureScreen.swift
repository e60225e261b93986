import Accounts
import HTTPServer
import HTTPTypes
import Markup
import PublicPages
import Publishing
import StatusPages
import Storage

/// "Structure": what is on a page, in which order. Each user edits a private copy, and saves the whole copy.
enum StructureScreen {
    private static let path = "\(PageScreen.path)/structure"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(try show($0, try $0.page())) })
        router.add(.get, "\(path)/preview", .user { .respond(try preview($0)) })
        router.add(.post, "\(path)/items", .user(as: .manageSettings, editItem))
        router.add(.post, "\(path)/items/{key}/up", .user(as: .manageSettings) { try move($0, .up) })
        router.add(.post, "\(path)/items/{key}/down", .user(as: .manageSettings) { try move($0, .down) })
        router.add(.post, "\(path)/items/{key}/move", .user(as: .manageSettings, moveAnywhere))
        router.add(.post, "\(path)/items/{key}/remove", .user(as: .manageSettings, remove))
        router.add(.post, "\(path)/place", .user(as: .manageSettings, place))
        router.add(.post, "\(path)/save", .user(as: .manageSettings, save))
        router.add(.post, "\(path)/discard", .user(as: .manageSettings, discard))
    }

    static func path(of page: StatusPage) -> String { "\(page.dashboardPath)/structure" }

    /// A structure that somebody edits, or that the page has.
    struct Edited {
        var tree: StructureTree
        /// The revision of the page that the tree was made from.
        var revision: Int
        /// Nil: nothing was edited.
        var unsaved: UnsavedStructure?
        let current: (tree: StructureTree, revision: Int)

        var isOutdated: Bool { unsaved != nil && revision != current.revision }
        var isUnchanged: Bool { tree == current.tree && revision == current.revision }

        init(of page: ID<StatusPage>, by user: ID<User>, _ publishing: Publishing, in transaction: ReadTransaction)
            throws
        {
            current = try publishing.structureTree(of: page, in: transaction)
            unsaved = try transaction.unsavedStructure(of: page, by: user.ulid)
            tree = unsaved?.tree ?? current.tree
            revision = unsaved?.baseRevision ?? current.revision
        }
    }

    static func edited(_ visit: Visit, _ page: StatusPage) throws -> Edited {
        try visit.context.store.read { transaction in
            try Edited(of: page.id, by: visit.user.id, visit.context.publishing, in: transaction)
        }
    }

    // MARK: Screens

    /// - Parameters:
    ///   - panel: the form that is open. Nil: the one that the query names.
    ///   - faults: those of the tree, with links to its items.
    private static func show(
        _ visit: Visit, _ page: StatusPage, panel: StructurePanel? = nil, faults: [FieldFault] = [],
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let edited = try edited(visit, page)
        let isEditable = StructureView.isEditable(page, visit)
        let panel = panel ?? (isEditable ? StructurePanel(visit.query, edited.tree) : nil)
        let others =
            panel?.kind == .component && panel?.handle == nil
            ? try visit.context.store.read { transaction in
                try visit.context.publishing.components(toAddTo: edited.tree, in: transaction)
            } : []
        let view = StructureView(
            visit: visit, page: page, edited: edited, panel: panel, others: others, faults: faults,
            isEditable: isEditable)
        return view.response(status)
    }

    private static func preview(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let edited = try edited(visit, page)
        let serverURL = visit.context.site.serverURL
        let reserved = visit.context.publishing.reservedWords
        do {
            let (structure, state) = try visit.context.store.read { transaction in
                let checked = try edited.tree.checked(
                    with: try transaction.allComponents(), history: try transaction.keyHistory(of: page.id),
                    reserved: reserved)
                return (checked.structure, try transaction.state(of: page, serverURL: serverURL))
            }
            let shown = PublicPages.preview(structure, in: state)
            return ScreenPage(
                visit: visit, title: "Preview", page: page, tab: .structure,
                crumbs: [("Structure", path(of: page))]
            ) { html in
                html += """
                    <p class="lead">Readers will see this when you save the structure. Uptime is left out here.</p>
                    \(shown.map { part in "<section class=\"preview\"><h2 dir=\"auto\">\(part.name)</h2>\n\(part.html)</section>\n" as HTML })
                    <p class="actions"><a class="button" href="\(path(of: page))">Back to editing</a></p>

                    """
            }.response()
        } catch let faults as Faults {
            return try show(visit, page, faults: StructureView.faults(faults), status: .unprocessableContent)
        }
    }

    // MARK: Edits

    /// Changes the user's copy.
    /// - Parameters:
    ///   - panel: the form to show again if the change is refused.
    ///   - change: returns the item to look at next.
    private static func change(
        _ visit: Visit, panel: StructurePanel? = nil,
        _ change: @escaping @Sendable (inout StructureTree, ReadTransaction) throws -> ULID?
    ) throws -> Outcome {
        let page = try visit.page()
        let publishing = visit.context.publishing
        return visit.write(as: .manageSettings) { error in
            guard let faults = error as? Faults else { throw error }
            var panel = panel
            panel?.fields.faults = FieldFault.all(faults)
            return .respond(
                try show(
                    visit, page, panel: panel, faults: panel == nil ? StructureView.faults(faults) : [],
                    status: .unprocessableContent))
        } _: { transaction, user in
            let current = try changeable(page.id, in: transaction.reading)
            var edited = try Edited(of: current.id, by: user.id, publishing, in: transaction.reading)
            let handle = try change(&edited.tree, transaction.reading)
            if edited.isUnchanged {
                try transaction.deleteUnsavedStructure(of: page.id, by: user.id.ulid)
            } else {
                try publishing.keepStructure(
                    edited.tree, of: page.id, basedOn: edited.revision, by: user.id.ulid, in: transaction)
            }
            return .redirect(path(of: page) + (handle.map { "#item-\($0)" } ?? ""))
        }
    }

    private static func changeable(_ id: ID<StatusPage>, in transaction: ReadTransaction) throws -> StatusPage {
        guard let page = try transaction.page(id) else { throw NotFound("status page") }
        guard page.management.origin == .dashboard else { throw StructureRefusal.managedByConfiguration }
        guard page.management.manager == .dashboard else { throw StructureRefusal.claimed(page.management.claim) }
        return page
    }

    /// Adds an item, or changes one.
    private static func editItem(_ visit: Visit) throws -> Outcome {
        guard let panel = StructurePanel(form: visit.form) else { throw NotFound("item") }
        let reserved = visit.context.publishing.reservedWords
        let values = panel.values
        let newHandle = visit.context.newID()
        return try change(visit, panel: panel) { tree, _ in
            guard let handle = panel.handle else {
                try tree.add(panel.kind, values, handle: newHandle, into: panel.inside, reserved: reserved)
                return newHandle
            }
            let parent = tree.parent(of: handle)?.handle
            try tree.edit(handle, values, reserved: reserved)
            if panel.kind != .subPage, parent != panel.inside { try tree.move(handle, into: panel.inside) }
            return handle
        }
    }

    /// Adds a component that exists.
    private static func place(_ visit: Visit) throws -> Outcome {
        let id = ULID(visit.form["existing"] ?? "")
        let parent = ULID(visit.form["existing_inside"] ?? "")
        return try change(visit) { tree, transaction in
            guard let component = try transaction.allComponents().first(where: { $0.component.id.ulid == id }) else {
                throw NotFound("component")
            }
            try tree.place(component, into: parent)
            return id
        }
    }

    private static func move(_ visit: Visit, _ direction: StructureTree.Direction) throws -> Outcome {
        let handle = try handle(visit)
        return try change(visit) { tree, _ in
            try tree.move(handle, direction)
            return handle
        }
    }

    /// Moves an item to the place where somebody dropped it.
    private static func moveAnywhere(_ visit: Visit) throws -> Outcome {
        let handle = try handle(visit)
        let parent = ULID(visit.form["into"] ?? "")
        let index = Int(visit.form["index"] ?? "")
        return try change(visit) { tree, _ in
            try tree.move(handle, into: parent, at: index)
            return handle
        }
    }

    private static func remove(_ visit: Visit) throws -> Outcome {
        let handle = try handle(visit)
        return try change(visit) { tree, _ in
            let parent = tree.parent(of: handle)?.handle
            try tree.remove(handle)
            return parent
        }
    }

    private static func handle(_ visit: Visit) throws -> ULID {
        guard let text = visit.parameters.dropFirst().first, let handle = ULID(text) else { throw NotFound("item") }
        return handle
    }

    // MARK: The whole

    private static func save(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let publishing = visit.context.publishing
        let form = visit.form
        // "Keep mine" names the revision that it replaces.
        let replaced = form["revision"].flatMap(Int.init)
        return visit.write(as: .manageSettings) { error in
            switch error {
            case let faults as Faults:
                return .respond(
                    try show(visit, page, faults: StructureView.faults(faults), status: .unprocessableContent))
            case StructureRefusal.newerRevision:
                return .respond(try StructureConflict.response(visit, page))
            case StructureRefusal.ongoingEvents(let events):
                return .respond(StructureConflict.response(visit, page, hiding: events, revision: replaced))
            default: throw error
            }
        } _: { transaction, user in
            let edited = try Edited(of: page.id, by: user.id, publishing, in: transaction.reading)
            try publishing.saveStructure(
                edited.tree, of: page.id, basedOn: replaced ?? edited.revision,
                withOngoingEvents: form["anyway"] == "on", in: transaction)
            try transaction.deleteUnsavedStructure(of: page.id, by: user.id.ulid)
            return .redirect(path(of: page), .saved)
        }
    }

    private static func discard(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .manageSettings) { transaction, user in
            _ = try changeable(page.id, in: transaction.reading)
            try transaction.deleteUnsavedStructure(of: page.id, by: user.id.ulid)
            return .redirect(path(of: page), .discarded)
        }
    }
}
