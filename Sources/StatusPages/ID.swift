/// The identifier of one kind of thing, so that a page's cannot be passed where an incident's belongs.
public struct ID<Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let ulid: ULID

    public init(_ ulid: ULID) { self.ulid = ulid }

    /// Nil for text that is no identifier, which to a client is the same as an unknown one.
    public init?(_ text: String) {
        guard let ulid = ULID(text) else { return nil }
        self.ulid = ulid
    }

    public var description: String { ulid.description }

    public static func < (left: ID, right: ID) -> Bool { left.ulid < right.ulid }
}
