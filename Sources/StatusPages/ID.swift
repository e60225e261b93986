/// The identifier of one type of entity. A page's id cannot be passed for an incident's.
public struct ID<Entity>: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let ulid: ULID

    public init(_ ulid: ULID) { self.ulid = ulid }

    /// Nil for text that is not an identifier. To clients that is the same as an unknown one.
    public init?(_ text: String) {
        guard let ulid = ULID(text) else { return nil }
        self.ulid = ulid
    }

    public var description: String { ulid.description }

    public static func < (left: ID, right: ID) -> Bool { left.ulid < right.ulid }
}
