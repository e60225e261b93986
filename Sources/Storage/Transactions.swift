import GRDB
import StatusPages

/// A view of the database that does not change while it lasts. Queries are extensions, one file for each noun.
public struct ReadTransaction {
    let db: Database

    init(_ db: Database) { self.db = db }
}

/// A transaction that writes. It keeps account of what it changes that is kept in memory, too.
public struct WriteTransaction {
    let db: Database
    let changes = Changes()

    init(_ db: Database) { self.db = db }

    /// The state as this transaction has made it so far.
    public var reading: ReadTransaction { ReadTransaction(db) }
}

/// What transactions change that is kept in memory, too.
final class Changes {
    /// The pages that look different to the public.
    private(set) var pages: Set<ID<StatusPage>> = []
    /// Whether any API key is different.
    private(set) var hasKeys = false

    func note(_ page: ID<StatusPage>) { pages.insert(page) }

    func noteKeys() { hasKeys = true }

    func add(_ others: Changes) {
        pages.formUnion(others.pages)
        hasKeys = hasKeys || others.hasKeys
    }
}
