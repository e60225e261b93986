import Accounts
import HTTPServer
import Markup
import StatusPages
import Storage

/// A form that does its work only once, even if it is sent twice. Its hidden field `key` names the work.
struct SentOnce: Sendable {
    private static let field = "key"

    private let key: ULID?
    private let visit: Visit

    init(_ visit: Visit) {
        key = visit.form[Self.field].flatMap { ULID($0) }
        self.visit = visit
    }

    /// The hidden field of a new form, or of one that is shown again.
    static func field(_ visit: Visit) -> HTML {
        let key = visit.form[field].flatMap { ULID($0) } ?? visit.context.newID()
        return "<input type=\"hidden\" name=\"\(field)\" value=\"\(key.description)\">"
    }

    /// Does the work, unless the form did it before. In that case, redirects to the result of the first time.
    /// - Parameter work: returns the answer, and the path of what was made.
    func perform(
        in transaction: WriteTransaction, _ work: () throws -> (Outcome, location: String)
    ) throws -> Outcome {
        if let key, let earlier = try transaction.reading.submission(of: key) {
            return .redirect(earlier.user == visit.user.id.ulid ? earlier.location : DashboardPlace.root)
        }
        let (outcome, location) = try work()
        if let key {
            try transaction.remember(key, by: visit.user.id.ulid, location: location, at: visit.now)
        }
        return outcome
    }
}
