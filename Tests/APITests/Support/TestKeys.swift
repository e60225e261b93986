import HTTPTypes
import ManagementAPI
import Publishing
import StatusPages
import Testing

@testable import allclear

/// An API key in a test.
struct TestKey {
    let id: String
    let token: String
}

extension Body {
    /// The body of a valid key. `members` are added to it.
    static func key(_ name: String = "Bot", roles: String..., members: String = "") -> String {
        let names = roles.map { "\"\($0)\"" }.joined(separator: ", ")
        let extra = members.isEmpty ? "" : ", \(members)"
        return #"{"name": "\#(name)", "role_names": [\#(names)], "team_ids": [], "team_role_names": []\#(extra)}"#
    }
}

extension TestServer {
    /// Makes a key as the command line does.
    func makeKey(_ roles: APIKey.Role..., name: String = "made here") throws -> TestKey {
        let (key, token) = try maker.make(name: name, roles: roles, in: application.store)
        return TestKey(id: key.id.description, token: token.text)
    }

    /// Makes a key through the API.
    func createKey(_ body: String = Body.key(), by creator: TestKey) throws -> TestKey {
        let response = try call(.post, "/v1/api_keys", token: creator.token, body: body)
        try #require(response.status == 201, "\(response.text)")
        return TestKey(
            id: try #require(response.string("/api_key/id")), token: try #require(response.string("/token")))
    }

    /// Whether the server accepts a token.
    func isValid(_ token: String) throws -> Bool { try call(.get, "/v1/identity", token: token).status == 200 }
}
