import GRDB
import StatusPages

/// A snapshot of the database, which does not change while it exists. Queries are extensions, in one file for each
/// noun.
public struct ReadTransaction {
    let db: Database

    init(_ db: Database) { self.db = db }
}

/// A write transaction. It notes which of its changes affect data that is kept in memory.
public struct WriteTransaction {
    let db: Database
    let changes = Changes()

    init(_ db: Database) { self.db = db }

    /// The state with the changes that this transaction has made so far.
    public var reading: ReadTransaction { ReadTransaction(db) }
}

/// The changes of a transaction that affect data kept in memory.
final class Changes {
    /// The pages that look different to the public.
    private(set) var pages: Set<ID<StatusPage>> = []
    /// Whether any API key changed.
    private(set) var hasKeys = false

    func note(_ page: ID<StatusPage>) { pages.insert(page) }

    func noteKeys() { hasKeys = true }

    func add(_ others: Changes) {
        pages.formUnion(others.pages)
        hasKeys = hasKeys || others.hasKeys
    }
}
