import GRDB

/// The result of checking a whole database.
public struct Verification: Sendable {
    /// Nil if there are problems.
    public let contents: DatabaseContents?
    /// The problems found, one line each.
    public let problems: [String]

    /// - Throws: `FileError.unsound` if there are problems.
    public func soundContents(of path: String) throws -> DatabaseContents {
        guard problems.isEmpty, let contents else { throw FileError.unsound(path: path, problems: problems) }
        return contents
    }
}

extension DatabaseFile {
    /// Checks the whole database, and changes nothing.
    /// - Throws: `StorageError` if it is not a database that this version knows.
    public func verify() throws -> Verification { try verify(checkingRules: true) }

    /// - Parameter checkingRules: whether to check the domain's rules as well as SQLite's integrity.
    func verify(checkingRules: Bool) throws -> Verification {
        try read { db in
            try Ownership.checkContents(db, path: path)
            var problems = Soundness.problems(in: db)
            if problems.isEmpty, checkingRules, try Migrations.all.hasCompletedMigrations(db) {
                problems = Rules.problems(in: db)
            }
            let contents = problems.isEmpty ? try DatabaseContents(db) : nil
            return Verification(contents: contents, problems: problems)
        }
    }

    /// The contents of the database.
    /// - Throws: `FileError.unsound` if it is damaged.
    func soundContents() throws -> DatabaseContents {
        let verification = try verify(checkingRules: false)
        return try verification.soundContents(of: path)
    }
}
