public import StatusPages
public import Storage

/// A page has sub-pages, which a draft of its structure cannot describe and would remove.
public struct HasSubPages: Error, Equatable {}

/// The use cases of structures, which tools such as Terraform set as a whole.
extension Publishing {
    /// Checks whether the structure of a page can be set at all.
    /// - Throws: `PageRefusal.managedByConfiguration` or `HasSubPages`.
    public func checkStructure(of page: StatusPage) throws {
        guard page.management.origin == .dashboard else { throw PageRefusal.managedByConfiguration }
        guard page.structure.subPages.isEmpty else { throw HasSubPages() }
    }

    /// Replaces the structure of a page that clients may know of. Setting the same structure again changes nothing.
    /// - Returns: the page after the change.
    /// - Throws: `NotFound`, `PageRefusal`, `HasSubPages`, `Faults`, or an error of the database.
    public func setStructure(
        _ draft: StructureDraft, of id: ID<StatusPage>, in transaction: WriteTransaction
    ) throws -> StatusPage {
        // Reads the page in the transaction: the site does not yet have the changes of writes in the same batch.
        guard let page = try transaction.reading.page(id), page.isServed else { throw NotFound("status page") }
        try checkStructure(of: page)
        let components = try transaction.reading.components().map(\.component)
        let structure = try draft.structure(of: page, with: components, newID: newID)
        let mode = draft.displayUptimeMode ?? page.displayUptimeMode
        if structure == page.structure, mode == page.displayUptimeMode { return page }
        try auditingPages(in: transaction) {
            try transaction.save(structure, mode, of: id, at: now(), newID: newID)
        }
        guard let changed = try transaction.reading.page(id) else { throw NotFound("status page") }
        return changed
    }
}
