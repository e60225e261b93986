public import StatusPages
public import Storage

/// The use cases of the configuration.
extension Publishing {
    /// Applies declared pages.
    /// - Parameter allowsArchiving: whether pages and components with ongoing events may be archived.
    /// - Returns: what changed.
    /// - Throws: `ArchivingRefused`, or an error of the database.
    @discardableResult
    public func apply(
        _ declarations: [PageDeclaration], allowsArchiving: Bool, in transaction: WriteTransaction
    ) throws -> PageChanges {
        try auditingPages(in: transaction) {
            try transaction.apply(declarations, at: now(), allowsArchiving: allowsArchiving, newID: newID)
        }
    }
}

/// Why a page cannot be made or changed.
public enum PageRefusal: Error, Equatable {
    /// Another page has the slug.
    case slugTaken(String, isArchived: Bool)
    case managedByConfiguration
    case ongoingEvents(PageChanges.OngoingEvents)
}

/// Why a page cannot return from the archive.
public enum RestoringRefusal: Error, Equatable {
    case notArchived
    /// The configuration declared the page, and the next reload would archive it again.
    case declaredBefore
    /// Another page has its domain.
    case domainTaken(String)
}

/// The use cases of pages that the configuration does not declare.
extension Publishing {
    /// Makes a page without components.
    /// - Throws: `Faults`, `PageRefusal`, or an error of the database.
    public func createPage(
        slug: String, name: String, kind: StatusPage.Kind, in transaction: WriteTransaction
    ) throws -> StatusPage {
        let slugFault = ItemKey.brokenRule(ofPathSegment: slug, reserved: reservedWords).map { rule in
            Fault(.invalidFormat, [.name("slug")], "The slug \(rule).")
        }
        let faults = [TextRule.name.fault(name, .name), slugFault].compactMap(\.self)
        guard faults.isEmpty else { throw Faults(faults) }
        if let isArchived = try transaction.reading.isPageArchived(slug) {
            throw PageRefusal.slugTaken(slug, isArchived: isArchived)
        }
        let id = ID<StatusPage>(newID())
        try auditingPages(in: transaction) {
            try transaction.insert(PageDeclaration(slug: slug, name: name, kind: kind), as: id, at: now())
        }
        guard let page = try transaction.reading.page(id) else { throw NotFound("page") }
        return page
    }

    /// Archives a page. Its incidents and maintenances stay in the database.
    /// - Parameter withOngoingEvents: whether to archive it although it has ongoing events.
    /// - Throws: `NotFound`, `PageRefusal`, or an error of the database.
    public func archivePage(
        _ id: ID<StatusPage>, withOngoingEvents: Bool, in transaction: WriteTransaction
    ) throws {
        let page = try madePage(id, in: transaction.reading)
        let events = try transaction.reading.ongoingEvents(of: page.id, at: now())
        if !withOngoingEvents, !events.isEmpty { throw PageRefusal.ongoingEvents(events) }
        try auditingPages(in: transaction) { try transaction.archivePage(page.id, at: now()) }
    }

    /// Takes a page out of the archive, with the items that were archived together with it.
    /// - Throws: `NotFound`, `RestoringRefusal`, or an error of the database.
    public func restorePage(_ slug: String, in transaction: WriteTransaction) throws -> StatusPage {
        guard let archived = try transaction.reading.archivedPages().first(where: { $0.slug == slug }) else {
            if try transaction.reading.pageID(slug: slug) == nil { throw NotFound("page") }
            throw RestoringRefusal.notArchived
        }
        guard archived.origin == .dashboard else { throw RestoringRefusal.declaredBefore }
        if let domain = archived.domain, try transaction.reading.pages().contains(where: { $0.domain == domain }) {
            throw RestoringRefusal.domainTaken(domain)
        }
        try auditingPages(in: transaction) { try transaction.restorePage(archived.id) }
        guard let page = try transaction.reading.page(archived.id) else { throw NotFound("page") }
        return page
    }

    /// A page that may be changed here.
    func madePage(_ id: ID<StatusPage>, in transaction: ReadTransaction) throws -> StatusPage {
        guard let page = try transaction.page(id) else { throw NotFound("status page") }
        guard page.management.origin == .dashboard else { throw PageRefusal.managedByConfiguration }
        return page
    }
}
