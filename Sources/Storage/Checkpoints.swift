import GRDB

/// The program that makes the checkpoints. A checkpoint copies the WAL into the database file.
public enum Checkpoints: String, CaseIterable, Sendable {
    /// This program.
    case own
    /// Another program, which reads the WAL and must not miss any part of it. This program then makes no checkpoint,
    /// neither while it runs nor when it closes the database.
    case external
}

/// The traces of Litestream in and next to a database that it replicates. Litestream must make every checkpoint itself.
/// After a checkpoint by another program, Litestream's copies may lack pages, and `allclear verify` rejects them.
struct LitestreamTraces: Sendable {
    static let tables = ["_litestream_seq", "_litestream_lock"]
    /// The directories in which Litestream keeps its state. Versions 0.3 and 0.5 hide the directory. Litestream's
    /// setting `meta-path` moves it elsewhere.
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

    /// Drops Litestream's tables. Litestream creates them again when it starts. A copy with these tables would look
    /// replicated.
    static func removeTables(from db: Database) throws {
        for table in tables { try db.execute(sql: "DROP TABLE IF EXISTS \(table)") }
    }
}
