import StatusPages

/// A request by which a cache forgets documents, as the configuration describes it. Placeholders in its URL, fields and
/// body stand for what changed.
public struct PurgeTarget: Equatable, Sendable {
    public struct Field: Equatable, Sendable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public enum Placeholder: String, CaseIterable, Sendable {
        /// The key that all documents of the page have.
        case key = "{key}"
        /// The slug of the page.
        case page = "{page}"
        /// The URL of one document. If it occurs, there is a request for each changed document.
        case url = "{url}"
    }

    /// The slug of the page whose changes it follows; nil for all pages.
    public let page: String?
    public let method: String
    public let url: String
    public let fields: [Field]
    public let body: String?

    public init(page: String? = nil, method: String, url: String, fields: [Field] = [], body: String? = nil) {
        self.page = page
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }

    /// Whether there is a request for each changed document.
    var namesDocuments: Bool {
        ([url, body ?? ""] + fields.map(\.value)).contains { $0.contains(Placeholder.url.rawValue) }
    }

    /// - Parameters:
    ///   - page: the slug of the page.
    ///   - document: the URL of the document.
    public func request(page: String, document: String) -> PurgeRequest {
        func filled(_ text: String) -> String {
            text.replacing(Placeholder.key.rawValue, with: StatusPage.cacheKey(ofSlug: page))
                .replacing(Placeholder.page.rawValue, with: page)
                .replacing(Placeholder.url.rawValue, with: document)
        }
        return PurgeRequest(
            method: method, url: filled(url), fields: fields.map { Field(name: $0.name, value: filled($0.value)) },
            body: Array(filled(body ?? "").utf8))
    }
}

/// One request to a cache.
public struct PurgeRequest: Equatable, Sendable {
    public let method: String
    public let url: String
    public let fields: [PurgeTarget.Field]
    public let body: [UInt8]
}

/// How a cache answered.
public enum PurgeAnswer: Equatable, Sendable {
    case accepted
    /// It has no such document (404, 410).
    case absent
    /// - Parameter retryAfter: how long the cache asks to wait, in seconds.
    case failed(reason: String, retryAfter: Int? = nil)
}
