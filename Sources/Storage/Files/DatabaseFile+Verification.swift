import GRDB

/// What looking through a whole database came to.
public struct Verification: Sendable {
    /// Nil if anything is wrong with it.
    public let contents: DatabaseContents?
    /// Everything that is wrong with it, a line each.
    public let problems: [String]

    /// - Throws: `FileError.unsound` if anything is wrong.
    public func soundContents(of path: String) throws -> DatabaseContents {
        guard problems.isEmpty, let contents else { throw FileError.unsound(path: path, problems: problems) }
        return contents
    }
}

extension DatabaseFile {
    /// Looks through the whole database, and changes nothing.
    /// - Throws: `StorageError` if it is not a database that this version knows.
    public func verify() throws -> Verification { try verify(checkingRules: true) }

    /// - Parameter checkingRules: whether it is also to be in keeping with itself, rather than only whole.
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

    /// What the database holds.
    /// - Throws: `FileError.unsound` if it is damaged.
    func soundContents() throws -> DatabaseContents {
        let verification = try verify(checkingRules: false)
        return try verification.soundContents(of: path)
    }
}
