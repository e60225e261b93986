/// All pages of a server. The value is replaced as a whole when they change.
public struct Site: Sendable {
    /// Oldest first, including internal pages.
    public let pages: [StatusPage]
    /// The address at which clients reach the server, without a trailing slash.
    public let serverURL: String
    private let indexByID: [ID<StatusPage>: Int]

    public init(pages: [StatusPage], serverURL: String) {
        self.pages = pages.sorted { $0.id < $1.id }
        self.serverURL = serverURL
        indexByID = Dictionary(uniqueKeysWithValues: self.pages.enumerated().map { ($1.id, $0) })
    }

    /// The pages that clients may know of.
    public var servedPages: [StatusPage] { pages.filter(\.isServed) }

    /// The page with that id, if clients may know of it.
    public func servedPage(_ id: ID<StatusPage>) -> StatusPage? {
        guard let index = indexByID[id], pages[index].isServed else { return nil }
        return pages[index]
    }
}
