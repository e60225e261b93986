import GRDB
import StatusPages

/// A view of the database that does not change while it lasts. Queries are extensions, one file for each noun.
public struct ReadTransaction {
    let db: Database

    init(_ db: Database) { self.db = db }
}

/// A transaction that writes. It keeps account of the pages whose public face it changes.
public struct WriteTransaction {
    let db: Database
    let changes = ChangedPages()

    init(_ db: Database) { self.db = db }

    /// The state as this transaction has made it so far.
    public var reading: ReadTransaction { ReadTransaction(db) }
}

/// The pages that a transaction changed.
final class ChangedPages {
    private(set) var ids: Set<ID<StatusPage>> = []

    func note(_ id: ID<StatusPage>) { ids.insert(id) }
}
