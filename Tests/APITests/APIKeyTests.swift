import Accounts
import HTTPServer
import HTTPTypes
import JSONInput
import ManagementAPI
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite struct APIKeyTests {
    @Test("A key can be created, used, shown, changed and deleted", arguments: Transport.allCases)
    func course(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage, .statusPagePublisher, name: "manager")
        let created = try server.call(
            .post, "/v1/api_keys", token: manager.token,
            body: Body.key(roles: "status_page_publisher", members: #""comments": "For CI.""#))
        #expect(created.status == 201)
        let token = try #require(created.string("/token"))
        let path = "/v1/api_keys/\(try #require(created.string("/api_key/id")))"
        #expect(created.string("/api_key/name") == "Bot")
        #expect(created.string("/api_key/comments") == "For CI.")
        #expect(created.string("/api_key/creator/api_key/id") == manager.id)
        #expect(created.string("/api_key/creator/api_key/name") == "manager")
        #expect(created.string("/api_key/roles/0/name") == "status_page_viewer")
        #expect(created.string("/api_key/roles/1/name") == "status_page_publisher")
        #expect(created.string("/api_key/roles/1/description")?.isEmpty == false)
        #expect(created.json("/api_key/team_ids") == .array([]))
        #expect(created.json("/api_key/team_roles") == .array([]))
        #expect(created.string("/api_key/token_last_issued_at") == created.string("/api_key/created_at"))
        #expect(created.json("/api_key/last_used_at") == nil)

        #expect(try server.call(.get, "/v1/identity", token: token).string("/identity/name") == "Bot")
        let shown = try server.call(.get, path, token: manager.token)
        #expect(shown.status == 200)
        #expect(shown.json("/token") == nil)
        #expect(!shown.text.contains(token))
        #expect(shown.string("/api_key/last_used_at").flatMap(Timestamp.init(rfc3339:)) != nil)

        let changed = try server.call(.put, path, token: manager.token, body: Body.key("Reader"))
        #expect(changed.status == 200)
        #expect(changed.string("/api_key/name") == "Reader")
        #expect(changed.string("/api_key/comments") == "For CI.")
        #expect(changed.count("/api_key/roles") == 1)
        #expect(changed.json("/token") == nil)

        #expect(try server.call(.delete, path, token: manager.token).status == 204)
        #expect(try server.call(.get, path, token: manager.token).status == 404)
        #expect(try server.call(.delete, path, token: manager.token).status == 404)
        #expect(try !server.isValid(token))
    }

    @Test("Keys are listed in order of creation, a page at a time; those from the command line have no creator")
    func list() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let others = try (1...4).map { try server.createKey(Body.key("Bot \($0)"), by: manager) }
        var seen: [String] = []
        var after = ""
        repeat {
            let page = try server.call(.get, "/v1/api_keys?page_size=2\(after)", token: manager.token)
            #expect(page.status == 200)
            #expect(page.json("/pagination_meta/page_size") == .integer(2))
            seen += (0..<(page.count("/api_keys") ?? 0)).compactMap { page.string("/api_keys/\($0)/id") }
            after = page.string("/pagination_meta/after").map { "&after=\($0)" } ?? ""
        } while !after.isEmpty
        #expect(seen == [manager.id] + others.map(\.id))
        let all = try server.call(.get, "/v1/api_keys", token: manager.token)
        #expect(all.json("/pagination_meta") == .object(["page_size": .integer(25)]))
        #expect(all.json("/api_keys/0/creator") == .object([:]))
        let wrong = try server.call(.get, "/v1/api_keys?page_size=251&after=x", token: manager.token)
        #expect(wrong.errors == ["invalid_value /page_size", "invalid_value /after"])
    }

    @Test("A key that a user made names the user as creator")
    func userAsCreator() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let user = User(
            id: ID(ULID(high: 0, low: 1)), email: "ann@example.com", name: "Ann", role: .owner,
            createdAt: Timestamp(milliseconds: 0))
        let draft = APIKeyDraft(name: "Bot", roleNames: [], teamIDs: [], teamRoleNames: [], comments: nil)
        let key = try server.application.store.write(as: .user(user, requestID: nil, address: nil)) { transaction in
            try transaction.insert(user)
            return try server.application.publishing.issueKey(
                draft, byUser: user.id, tokenHash: [UInt8](repeating: 1, count: 32), in: transaction)
        }
        let shown = try server.call(.get, "/v1/api_keys/\(key.id)", token: manager.token)
        let creator = ["id", "name", "email", "role"].map { shown.string("/api_key/creator/user/\($0)") }
        #expect(creator == [user.id.description, "Ann", "ann@example.com", "owner"])
        #expect(shown.json("/api_key/creator/api_key") == nil)
    }

    @Test("A rotated key has a new token, and the old one during the grace period", arguments: Transport.allCases)
    func rotation(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let key = try server.createKey(by: manager)
        let path = "/v1/api_keys/\(key.id)/actions/rotate"
        var tokens = [key.token]
        for body in [nil, " \r\n\t", "{}", #"{"grace_period_minutes": 60}"#, #"{"grace_period_minutes": null}"#]
            as [String?]
        {
            let rotated = try server.call(.post, path, token: manager.token, body: body)
            #expect(rotated.status == 201, "\(rotated.text)")
            #expect(rotated.string("/api_key/id") == key.id)
            tokens.append(try #require(rotated.string("/token")))
            let issued = try #require(rotated.string("/api_key/token_last_issued_at"))
            #expect(issued >= rotated.string("/api_key/created_at") ?? "")
        }
        #expect(Set(tokens).count == 6)
        for token in tokens { #expect(try server.isValid(token)) }
        let last = try server.call(.post, path, token: manager.token, body: #"{"grace_period_minutes": 0}"#)
        for token in tokens { #expect(try !server.isValid(token)) }
        #expect(try server.isValid(try #require(last.string("/token"))))
    }

    @Test(
        "A grace period is a whole number of minutes, up to an hour",
        arguments: [
            (#"{"grace_period_minutes": 61}"#, 422, "invalid_value /grace_period_minutes"),
            (#"{"grace_period_minutes": 99999999999999999999}"#, 422, "invalid_value /grace_period_minutes"),
            (#"{"grace_period_minutes": -1e300}"#, 422, "invalid_value /grace_period_minutes"),
            (#"{"grace_period_minutes": -1}"#, 422, "invalid_value /grace_period_minutes"),
            (#"{"grace_period_minutes": "5"}"#, 422, "invalid_type /grace_period_minutes"),
            (#"{"grace_period_minutes": 1.5}"#, 422, "invalid_type /grace_period_minutes"),
            ("[]", 400, "invalid_json"), ("{", 400, "invalid_json"),
        ])
    func gracePeriods(body: String, status: Int, error: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let key = try server.makeKey(.statusPageViewer)
        let refused = try server.call(.post, "/v1/api_keys/\(key.id)/actions/rotate", token: key.token, body: body)
        #expect(refused.status == status)
        #expect(refused.errors == [error])
    }

    @Test("The last use of a key survives a clean stop")
    func lastUse() throws {
        let directory = try TemporaryDirectory()
        let before = try TestServer(directory: directory)
        let manager = try before.makeKey(.apiKeysManage)
        let used = try before.makeKey(.statusPageViewer)
        let idle = try before.makeKey(.statusPageViewer)
        #expect(try before.isValid(used.token))
        let path = "/v1/api_keys/\(used.id)"
        let time = try before.call(.get, path, token: manager.token).string("/api_key/last_used_at")
        try before.stop()
        let after = try TestServer(directory: directory)
        defer { after.remove() }
        #expect(time != nil)
        #expect(try after.call(.get, path, token: manager.token).string("/api_key/last_used_at") == time)
        let unused = try after.call(.get, "/v1/api_keys/\(idle.id)", token: manager.token)
        #expect(unused.json("/api_key/last_used_at") == nil)
    }
}
