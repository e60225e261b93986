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
        let before = try transaction.reading.pageRecords()
        let changes = try transaction.apply(
            declarations, at: now(), allowsArchiving: allowsArchiving, newID: newID)
        for change in try transaction.reading.pageRecords().changes(since: before) {
            try audit(change.action, change.subject, page: change.page, change.changes, in: transaction)
        }
        return changes
    }
}
