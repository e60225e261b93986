import Synchronization

/// A field with a number that every answer of a server carries while the number is set. Any thread may set it.
public final class ServerField: Sendable {
    let name: String
    private let number = Atomic(Int.min)

    public init(_ name: String) { self.name = name }

    var value: Int? {
        let number = number.load(ordering: .relaxed)
        return number == .min ? nil : number
    }

    /// - Parameter value: nil to leave the field out of answers.
    public func set(_ value: Int?) { number.store(value ?? .min, ordering: .relaxed) }
}

/// The line of a `ServerField`. Each loop keeps one, and makes it again only when the number changes.
final class ServerFieldLine {
    private var number: Int?
    private var bytes: [UInt8] = []

    func bytes(of field: ServerField, _ number: Int) -> [UInt8] {
        if number != self.number {
            self.number = number
            bytes = Array("\(field.name): \(number)\r\n".utf8)
        }
        return bytes
    }
}
