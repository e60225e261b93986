import GRDB

/// Whether SQLite finds a database intact.
enum Soundness {
    /// SQLite stops checking after this many problems.
    private static let mostProblems = 100

    /// The problems found, one line each.
    static func problems(in db: Database) -> [String] {
        let checks: [(Database) throws -> [String]] = [integrityProblems, foreignKeyProblems, schemaProblems]
        let problems = checks.flatMap { check -> [String] in
            do {
                return try check(db)
            } catch let error as DatabaseError {
                return [error.damage]
            } catch {
                return ["the check cannot continue: \(error)"]
            }
        }
        // All checks may find the same damage.
        return problems.enumerated().filter { !problems[..<$0].contains($1) }.map(\.element)
    }

    /// Damaged pages and indexes, and values that break a table's constraints.
    private static func integrityProblems(_ db: Database) throws -> [String] {
        var rows: [String] = []
        do {
            _ = try db.query("PRAGMA integrity_check(\(mostProblems))") { rows.append(try $0.value(0)) }
        } catch let error as DatabaseError {
            // Some damage ends the check. The problems found until then still count.
            rows.append(error.damage)
        }
        if rows == ["ok"] { return [] }
        // One row may contain several problems below a heading.
        var problems = rows.flatMap { $0.split(separator: "\n") }.map(String.init).filter { !$0.hasPrefix("***") }
        if problems.count >= mostProblems {
            problems.append("there may be more: SQLite stopped after \(mostProblems) problems")
        }
        return problems
    }

    /// Rows that refer to missing rows.
    private static func foreignKeyProblems(_ db: Database) throws -> [String] {
        try db.query(
            "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2"
        ) { row in
            let (table, parent): (String, String) = (try row.value(0), try row.value(1))
            let count: Int = try row.value(2)
            return "\(table): \(count == 1 ? "1 row refers" : "\(count) rows refer") to \(parent) that do not exist"
        }
    }

    /// Missing tables and indexes that the migrations create. Additional ones are allowed, because tools that replicate
    /// databases keep their own tables in them.
    private static func schemaProblems(_ db: Database) throws -> [String] {
        guard let version = try Migrations.all.completedMigrations(db).last else {
            return ["no migration was completed"]
        }
        let names = "SELECT type || ' ' || name FROM sqlite_schema ORDER BY 1"
        let model = try DatabaseQueue()
        try Migrations.all.migrate(model, upTo: version)
        let expected = try model.read { try String.fetchAll($0, sql: names) }
        let found = Set(try String.fetchAll(db, sql: names))
        return expected.filter { !found.contains($0) }.map { "the \($0) is missing" }
    }
}

extension DatabaseError {
    fileprivate var damage: String { "the check cannot continue: \(message ?? description)" }
}
