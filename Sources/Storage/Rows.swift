import GRDB
import StatusPages

/// Reads columns as the domain's types. What does not fit was not written by this program.
extension Row {
    func id<Entity>(_ index: Int) throws -> ID<Entity> {
        let text: String = self[index]
        guard let id = ID<Entity>(text) else { throw StorageError.inconsistent(reason: "\(text) is no id") }
        return id
    }

    func optionalID<Entity>(_ index: Int) throws -> ID<Entity>? {
        let text: String? = self[index]
        return text == nil ? nil : try id(index)
    }

    func timestamp(_ index: Int) -> Timestamp { Timestamp(milliseconds: self[index]) }

    func choice<Choice: RawRepresentable>(_ index: Int) throws -> Choice where Choice.RawValue == String {
        let text: String = self[index]
        guard let choice = Choice(rawValue: text) else {
            throw StorageError.inconsistent(reason: "\(text) is no \(Choice.self)")
        }
        return choice
    }
}

extension Database {
    /// Runs a query whose statement is compiled once and kept.
    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    }

    /// Runs a statement that returns nothing, compiled once and kept.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

/// Ids as a JSON array, which `json_each` turns into a table: one statement serves lists of any length.
func jsonArray<Entity>(_ ids: some Sequence<ID<Entity>>) -> String {
    "[" + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]"
}
