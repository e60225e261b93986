/// All pages a server serves: a value that is replaced as a whole when they change.
public struct Site: Sendable {
    /// By creation, oldest first. Internal pages are here too.
    public let pages: [StatusPage]
    /// The address clients reach the server at, without a slash at its end.
    public let serverURL: String
    private let indexByID: [ID<StatusPage>: Int]

    public init(pages: [StatusPage], serverURL: String) {
        self.pages = pages.sorted { $0.id < $1.id }
        self.serverURL = serverURL
        indexByID = Dictionary(uniqueKeysWithValues: self.pages.enumerated().map { ($1.id, $0) })
    }

    /// The pages that exist as far as clients can tell.
    public var servedPages: [StatusPage] { pages.filter(\.isServed) }

    /// The page with that id, if clients may know of it.
    public func servedPage(_ id: ID<StatusPage>) -> StatusPage? {
        guard let index = indexByID[id], pages[index].isServed else { return nil }
        return pages[index]
    }
}
