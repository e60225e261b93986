import StatusPages

struct APIKeyBody: Encodable {
    struct Creator: Encodable {
        struct Key: Encodable {
            let id: String
            let name: String
        }

        struct User: Encodable {
            let id: String
            let name: String
            let email: String
            let role: String
        }

        /// Both are left out for keys that were made on the command line.
        private(set) var apiKey: Key?
        private(set) var user: User?

        enum CodingKeys: String, CodingKey {
            case user
            case apiKey = "api_key"
        }

        init(_ creator: APIKey.Creator?) {
            switch creator {
            case .key(let id, let name): apiKey = Key(id: id.description, name: name)
            case .user(let user):
                self.user = User(id: user.id.description, name: user.name, email: user.email, role: user.role)
            case nil: break
            }
        }
    }

    struct Role: Encodable {
        let name: String
        let description: String
    }

    let id: String
    let name: String
    let comments: String?
    let createdAt: String
    let creator: Creator
    let roles: [Role]
    /// Allclear has no teams, but clients read both members.
    let teamRoles: [String] = []
    let teamIDs: [String] = []
    let tokenLastIssuedAt: String
    let lastUsedAt: String?

    enum CodingKeys: String, CodingKey {
        case id, name, comments, creator, roles
        case createdAt = "created_at"
        case teamRoles = "team_roles"
        case teamIDs = "team_ids"
        case tokenLastIssuedAt = "token_last_issued_at"
        case lastUsedAt = "last_used_at"
    }

    init(_ key: APIKey) {
        id = key.id.description
        name = key.name
        comments = key.comments
        createdAt = key.createdAt.rfc3339
        creator = Creator(key.creator)
        roles = key.roles.map { Role(name: $0.rawValue, description: $0.explanation) }
        tokenLastIssuedAt = key.tokenIssuedAt.rfc3339
        lastUsedAt = key.lastUsedAt?.rfc3339
    }
}

extension APIKey.Role {
    fileprivate var explanation: String {
        switch self {
        case .statusPageViewer: "Can read status pages and everything on them."
        case .statusPagePublisher: "Can publish incidents and maintenances, and change them."
        case .manageSettings: "Can make, change and archive components, and set structures."
        case .apiKeysManage: "Can make, change, rotate and delete API keys."
        case .subscribersManage: "Can read, add, change and delete subscribers, and see what was sent to them."
        }
    }
}

struct APIKeyResult: Encodable {
    let apiKey: APIKeyBody
    /// Only in the answer that issues the token.
    var token: String?

    enum CodingKeys: String, CodingKey {
        case token
        case apiKey = "api_key"
    }
}
