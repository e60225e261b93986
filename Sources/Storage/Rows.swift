import GRDB
import StatusPages

/// Reads columns as the domain's types. A value that does not fit is an error, because this program cannot have written
/// it.
extension Row {
    func id<Entity>(_ index: Int) throws -> ID<Entity> {
        let text: String = try value(index)
        guard let id = ID<Entity>(text) else {
            throw StorageError.inconsistent(reason: "\(text.debugDescription) is not an id")
        }
        return id
    }

    func optionalID<Entity>(_ index: Int) throws -> ID<Entity>? {
        try optional(index) == nil as String? ? nil : id(index)
    }

    func timestamp(_ index: Int) throws -> Timestamp { Timestamp(milliseconds: try value(index)) }

    func optionalTimestamp(_ index: Int) throws -> Timestamp? {
        let milliseconds: Int64? = try optional(index)
        return milliseconds.map(Timestamp.init(milliseconds:))
    }

    func choice<Choice: RawRepresentable>(_ index: Int) throws -> Choice where Choice.RawValue == String {
        let text: String = try value(index)
        guard let choice = Choice(rawValue: text) else {
            throw StorageError.inconsistent(reason: "\(text.debugDescription) is not a valid \(Choice.self)")
        }
        return choice
    }

    func optionalChoice<Choice: RawRepresentable>(_ index: Int) throws -> Choice? where Choice.RawValue == String {
        try optional(index) == nil as String? ? nil : choice(index)
    }

    /// A column that is never null. GRDB's subscript for this ends the process if the column is null.
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value {
        try decode(Value.self, atIndex: index)
    }

    func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value? {
        try decode(Value?.self, atIndex: index)
    }
}

extension Database {
    /// Runs a query whose statement is compiled once and cached. `read` must copy what it needs: a row is gone when the
    /// next one is fetched.
    func query<Result>(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(), _ read: (Row) throws -> Result
    ) throws -> [Result] {
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        var results: [Result] = []
        while let row = try cursor.next() { results.append(try read(row)) }
        return results
    }

    /// Runs `body` in a savepoint: if it throws, only its own changes are undone. GRDB's own method compiles its
    /// statements every time.
    func withSavepoint<Result>(_ body: () throws -> Result) throws -> Result {
        try run("SAVEPOINT part", [])
        do {
            let result = try body()
            try run("RELEASE SAVEPOINT part", [])
            return result
        } catch {
            // If SQLite rolled back the whole transaction, the savepoint is gone with it.
            if isInsideTransaction {
                try run("ROLLBACK TO SAVEPOINT part", [])
                try run("RELEASE SAVEPOINT part", [])
            }
            throw error
        }
    }

    /// Runs a statement that returns nothing. It is compiled once and cached.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

/// Ids as a JSON array. `json_each` turns it into a table, so that one statement works for lists of any length.
func jsonArray<Entity>(_ ids: some Sequence<ID<Entity>>) -> String {
    "[" + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]"
}
