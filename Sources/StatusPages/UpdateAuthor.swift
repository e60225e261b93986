/// The person or program that published an update.
public struct UpdateAuthor: Equatable, Sendable {
    public let kind: AuditActor.Kind
    /// Only keys and users have an id.
    public let id: ULID?
    /// The current name of the key or user; nil for others.
    public let name: String?

    public init(kind: AuditActor.Kind, id: ULID?, name: String?) {
        self.kind = kind
        self.id = id
        self.name = name
    }
}
