public import StatusPages
public import Storage

/// The use cases of templates.
extension Publishing {
    /// - Throws: `NotFound`, or an error of the database.
    public func find(_ id: ID<Template>, in transaction: ReadTransaction) throws -> Template {
        guard let template = try transaction.template(id) else { throw NotFound("template") }
        return template
    }

    /// Makes a template, at the end of the list.
    /// - Parameter page: nil for every page.
    /// - Throws: `NotFound`, `Faults`, or an error of the database.
    @discardableResult
    public func addTemplate(
        _ draft: TemplateDraft, for page: ID<StatusPage>?, in transaction: WriteTransaction
    ) throws -> Template {
        let last = try transaction.reading.templates().map(\.position).max() ?? -1
        let template = try draft.template(
            id: ID(newID()), for: try owner(page, in: transaction.reading), at: last + 1)
        try transaction.save(template)
        try audit(.created, template, in: transaction)
        return template
    }

    /// Replaces everything in a template.
    /// - Parameter page: nil for every page.
    /// - Throws: `NotFound`, `Faults`, or an error of the database.
    @discardableResult
    public func changeTemplate(
        _ id: ID<Template>, with draft: TemplateDraft, for page: ID<StatusPage>?, in transaction: WriteTransaction
    ) throws -> Template {
        let old = try find(id, in: transaction.reading)
        let template = try draft.template(
            id: id, for: try owner(page, in: transaction.reading), at: old.position)
        try transaction.save(template)
        try audit(.changed, template, since: old, in: transaction)
        return template
    }

    /// Archives a template.
    /// - Throws: `NotFound`, or an error of the database.
    public func archiveTemplate(_ id: ID<Template>, in transaction: WriteTransaction) throws {
        let template = try find(id, in: transaction.reading)
        try transaction.archiveTemplate(id, at: now())
        try audit(.archived, AuditSubject(.template, id, template.name), page: template.pageID, in: transaction)
    }

    private func owner(_ page: ID<StatusPage>?, in transaction: ReadTransaction) throws -> StatusPage? {
        guard let page else { return nil }
        guard let found = try transaction.page(page) else { throw NotFound("status page") }
        return found
    }

    private func audit(
        _ action: AuditEvent.Action, _ template: Template, since old: Template? = nil,
        in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("page_id", old?.pageID, template.pageID)
        changes.note("kind", old?.kind.rawValue, template.kind.rawValue)
        changes.note("name", old?.name, template.name)
        changes.note("title", old?.title, template.title)
        changes.note("status", old?.status, template.status)
        changes.note("message", old?.message, template.message)
        changes.note("component_statuses", old?.componentTexts, template.componentTexts)
        changes.note("notify", old?.notifies, template.notifies)
        changes.note("duration_minutes", old?.durationMinutes, template.durationMinutes)
        changes.note("automate", old?.automates, template.automates)
        if changes.isEmpty { return }
        try audit(
            action, AuditSubject(.template, template.id, template.name), page: template.pageID, changes,
            in: transaction)
    }
}

extension Template {
    /// The statuses for the audit log, in a fixed order.
    fileprivate var componentTexts: [String] { componentStatuses.map { "\($0.key) \($0.value)" }.sorted() }
}
