import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "API keys": list, create, change, rotate and delete.
enum APIKeyScreens {
    static let path = "\(DashboardPlace.root)/api-keys"

    static func add(to router: inout Router<Screen>) {
        let one = "\(path)/{id}"
        router.add(.get, path, .user(as: .apiKeysManage) { .respond(try list($0)) })
        router.add(.get, "\(path)/new", .user(as: .apiKeysManage) { .respond(APIKeyViews.new($0)) })
        router.add(.post, "\(path)/new", .user(as: .apiKeysManage, isConfirmed: true, create))
        router.add(.get, one, .user(as: .apiKeysManage) { .respond(APIKeyViews.show($0, try key($0))) })
        router.add(.post, one, .user(as: .apiKeysManage, isConfirmed: true, save))
        router.add(.post, "\(one)/rotate", .user(as: .apiKeysManage, isConfirmed: true, rotate))
        router.add(.post, "\(one)/delete", .user(as: .apiKeysManage, isConfirmed: true, delete))
    }

    private static func list(_ visit: Visit) throws -> Response {
        let keys = try visit.context.store.read { try $0.apiKeys() }
        return APIKeyViews.list(visit, keys.map(visit.context.operations.withLastUse))
    }

    private static func create(_ visit: Visit) throws -> Outcome {
        let draft = draft(visit.form)
        let token = try AccessToken.generate()
        return visit.write(
            as: .apiKeysManage,
            recover: recovering {
                APIKeyViews.new(visit, Fields(visit.form, faults: $0), status: .unprocessableContent)
            }
        ) { transaction, user in
            try SentOnce(visit).perform(in: transaction) {
                let key = try visit.context.publishing.issueKey(
                    draft, byUser: user.id, tokenHash: token.hash, in: transaction)
                return (.respond(APIKeyViews.token(visit, key, token)), location: key.dashboardPath)
            }
        }
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let key = try key(visit)
        let draft = draft(visit.form)
        return visit.write(
            as: .apiKeysManage,
            recover: recovering {
                APIKeyViews.show(visit, key, Fields(visit.form, faults: $0), status: .unprocessableContent)
            }
        ) { transaction, user in
            _ = try visit.context.publishing.change(key.id, with: draft, byUser: user.id, in: transaction)
            return .redirect(key.dashboardPath, .saved)
        }
    }

    private static func rotate(_ visit: Visit) throws -> Outcome {
        let key = try key(visit)
        // Text that is not a number is out of the range, too.
        let command = APIKeyRotation(gracePeriodMinutes: Int(visit.form.trimmed("grace_period_minutes")) ?? -1)
        let token = try AccessToken.generate()
        return visit.write(
            as: .apiKeysManage,
            recover: recovering {
                APIKeyViews.show(visit, key, rotation: Fields(visit.form, faults: $0), status: .unprocessableContent)
            }
        ) { transaction, user in
            try SentOnce(visit).perform(in: transaction) {
                let key = try visit.context.publishing.rotate(
                    key.id, command, byUser: user.id, tokenHash: token.hash, in: transaction)
                return (.respond(APIKeyViews.token(visit, key, token)), location: key.dashboardPath)
            }
        }
    }

    private static func delete(_ visit: Visit) throws -> Outcome {
        let key = try key(visit)
        return visit.write(as: .apiKeysManage) { transaction, user in
            try visit.context.publishing.revoke(key.id, byUser: user.id, in: transaction)
            return .redirect(path, .revoked)
        }
    }

    // MARK: Parts

    private static func key(_ visit: Visit) throws -> APIKey {
        guard let id = visit.parameters.first.flatMap({ ID<APIKey>($0) }) else { throw NotFound("API key") }
        let key = try visit.context.store.read { try visit.context.publishing.find(id, in: $0) }
        return visit.context.operations.withLastUse(key)
    }

    private static func draft(_ form: URLEncodedForm) -> APIKeyDraft {
        APIKeyDraft(
            name: form.trimmed("name"), roleNames: form.all("roles"), teamIDs: [], teamRoleNames: [],
            comments: form.lines("comments"))
    }

    /// Shows the form again, with the faults of the command.
    private static func recovering(
        _ show: @escaping @Sendable ([FieldFault]) -> Response
    ) -> @Sendable (any Error) throws -> Outcome {
        { error in
            guard let faults = error as? Faults else { throw error }
            return .respond(
                show(
                    faults.inForm { fault in
                        switch fault.field {
                        case .name: "name"
                        case .comments: "comments"
                        case .gracePeriodMinutes: "grace_period_minutes"
                        default: nil
                        }
                    }))
        }
    }
}

extension APIKey {
    /// The path of the key's screen.
    var dashboardPath: String { "\(APIKeyScreens.path)/\(id)" }
}
