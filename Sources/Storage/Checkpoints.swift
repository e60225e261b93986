import GRDB

/// Which program copies the log into the database file.
public enum Checkpoints: String, CaseIterable, Sendable {
    /// This one.
    case own
    /// Another one, which reads the log and must not miss a part of it. This program makes no checkpoint then: not while
    /// it runs, nor when it closes the database.
    case external
}

/// What Litestream leaves where it replicates a database. It needs every checkpoint to itself: after one that it did not
/// make, its copies may lack pages, and `allclear verify` refuses them.
struct LitestreamTraces: Sendable {
    static let tables = ["_litestream_seq", "_litestream_lock"]
    /// Where it keeps its state: version 0.3 and 0.5 hide the directory. With its setting `meta-path` it is elsewhere.
    let directories: [String]

    init(path: String) {
        let places = Set([path, DatabaseFile(path).place])
        directories = places.sorted().flatMap { place -> [String] in
            let (directory, name) =
                place.lastIndex(of: "/").map { slash in
                    (String(place[...slash]), String(place[place.index(after: slash)...]))
                } ?? ("", place)
            return ["\(directory).\(name)-litestream", "\(directory)\(name)-litestream"]
        }
    }

    /// - Returns: the first trace found; nil if there is none.
    func find(in db: Database) throws -> String? {
        if let directory = directories.first(where: { FileStatus(of: $0)?.isDirectory == true }) {
            return "the directory \(directory)"
        }
        let table = try String.fetchOne(
            db.cachedStatement(sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN (?, ?)"),
            arguments: StatementArguments(Self.tables))
        return table.map { "the table \($0)" }
    }

    /// Removes its tables, which it makes again when it starts. A copy with them would count as replicated.
    static func removeTables(from db: Database) throws {
        for table in tables { try db.execute(sql: "DROP TABLE IF EXISTS \(table)") }
    }
}
