import ManagementAPI
import Publishing
import Testing

@testable import allclear

@Suite("Request text in the log")
struct LoggedTextTests {
    /// Percent-encodings of a token in a path.
    enum Encoding: CaseIterable {
        case none, first, all, twice, thrice, digitsToo, mixed

        func encode(_ token: String) -> String {
            let all = token.utf8.map { "%" + String($0, radix: 16) }.joined()
            switch self {
            case .none: return token
            case .first: return "%61" + token.dropFirst()
            case .all: return all
            case .twice: return all.replacing("%", with: "%25")
            case .thrice: return all.replacing("%", with: "%2525")
            case .digitsToo: return "%25%36%31" + token.dropFirst()
            case .mixed: return token.replacing("_", with: "%5f")
            }
        }
    }

    @Test("A token is not logged, however it is encoded and whatever surrounds it", arguments: Encoding.allCases)
    func tokens(_ encoding: Encoding) throws {
        let token = try AccessToken.generate().text
        let secret = token.dropFirst("allclear_".count)
        for start in ["/v1/api_keys/", "/", "", "/x%20", "/%", "/%1", "/%251", "/%zz", "/a"] {
            let logged = LoggedText.path(start + encoding.encode(token) + "/actions/rotate")
            #expect(logged.contains("allclear_[redacted]"), "\(start)")
            #expect(logged.hasSuffix("/actions/rotate"))
            #expect(!logged.contains(secret.prefix(6)), "\(start)")
        }
    }

    @Test(
        "Text that starts like a token is redacted up to its end",
        arguments: [
            ("/allclear_abc/allclear_DEF", "/allclear_[redacted]/allclear_[redacted]"),
            ("/ALLCLEAR_abc", "/allclear_[redacted]"),
            ("/allclear_", "/allclear_[redacted]"),
            ("/allclear_ab.c", "/allclear_[redacted].c"),
        ])
    func beginnings(path: String, logged: String) { #expect(LoggedText.path(path) == logged) }

    @Test(
        "The token of a link in an email is not logged",
        arguments: [
            ("/acme/subscriptions/abc", "/acme/subscriptions/[redacted]"),
            ("/subscriptions/abc/confirm", "/subscriptions/[redacted]/confirm"),
            ("/acme/%73ubscriptions/a%62c/unsubscribe", "/acme/subscriptions/[redacted]/unsubscribe"),
            ("/acme/subscriptions%2Fabc", "/acme/subscriptions/[redacted]"),
            ("/acme/subscriptions/a%2Fbc/d", "/acme/subscriptions/[redacted]"),
        ])
    func links(path: String, logged: String) { #expect(LoggedText.path(path) == logged) }

    @Test(
        "Other paths are logged as they were sent",
        arguments: ["/", "/v1/a%20b", "/%41", "/100%", "/allclear/x", "*"])
    func others(path: String) { #expect(LoggedText.path(path) == path) }

    @Test("A long path is truncated after redaction")
    func long() throws {
        #expect(LoggedText.path(String(repeating: "a", count: 512)).utf8.count == 512)
        #expect(LoggedText.path(String(repeating: "a", count: 513)) == String(repeating: "a", count: 512) + "[cut]")
        let token = try AccessToken.generate().text
        let logged = LoggedText.path("/" + String(repeating: "a", count: 480) + "/" + token)
        #expect(!logged.contains(token.dropFirst(9).prefix(6)))
    }

    @Test(
        "All unknown methods are logged under one name",
        arguments: [("GET", "GET"), ("PATCH", "PATCH"), ("get", "other"), ("allclear_abc", "other"), ("", "other")])
    func methods(method: String, logged: String) { #expect(LoggedText.method(method) == logged) }
}
