/// A list that a command prints: a line of text for each element, or a JSON array with a line for each element.
struct OutputList {
    private let isJSON: Bool
    private var pending: String?

    init(isJSON: Bool) { self.isJSON = isJSON }

    mutating func add(json: () throws -> [UInt8], text: () throws -> String) throws {
        guard isJSON else { return try Terminal.say(try text()) }
        try Terminal.say(pending.map { "\($0)," } ?? "[")
        pending = String(decoding: try json(), as: UTF8.self)
    }

    /// Prints the rest.
    func end() throws {
        guard isJSON else { return }
        if let pending { try Terminal.say(pending) } else { try Terminal.say("[") }
        try Terminal.say("]")
    }
}
