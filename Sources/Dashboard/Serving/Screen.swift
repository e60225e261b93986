import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// One screen or form of the dashboard: a method on a path, and what it needs.
struct Screen: Sendable {
    enum Access: Sendable {
        /// Needs no session.
        case open(@Sendable (OpenVisit) throws -> Outcome)
        /// Needs a session of a user whose role includes this one.
        case user(APIKey.Role, isConfirmed: Bool, @Sendable (Visit) throws -> Outcome)
    }

    let access: Access
    /// Stores the text of a form that arrives without a session, for the user who then logs in.
    var keepText: (@Sendable (Visit) throws -> Outcome)?
    /// Whether the screen also serves users who must still set up a second factor.
    var servesUnenrolled = false

    static func open(_ perform: @escaping @Sendable (OpenVisit) throws -> Outcome) -> Screen {
        Screen(access: .open(perform))
    }

    /// - Parameter isConfirmed: whether the user needs a fresh proof (see `SessionRules.confirmation`).
    static func user(
        as role: APIKey.Role = .statusPageViewer, isConfirmed: Bool = false,
        keepText: (@Sendable (Visit) throws -> Outcome)? = nil,
        servesUnenrolled: Bool = false, _ perform: @escaping @Sendable (Visit) throws -> Outcome
    ) -> Screen {
        Screen(
            access: .user(role, isConfirmed: isConfirmed, perform), keepText: keepText,
            servesUnenrolled: servesUnenrolled)
    }
}

/// The decision of a screen about a request.
enum Outcome: Sendable {
    case respond(Response)
    /// Runs in a write transaction. `recover` turns an error into an answer, such as the form with its faults. It
    /// throws the errors that it does not know.
    case write(
        AuditActor, @Sendable (WriteTransaction) throws -> Outcome, recover: @Sendable (any Error) throws -> Outcome)
    /// Answers before it writes, so that the time of the answer does not reveal what was written. The write returns a
    /// function that runs after the commit.
    case answerFirst(Response, AuditActor, @Sendable (WriteTransaction) throws -> @Sendable () -> Void)
    /// Works on a password, which takes a processor for a while. It runs on a separate queue. If that queue is full,
    /// the attempt is taken back, because nobody looked at the password.
    case password(attempt: LoginGuard.Guess?, @Sendable () throws -> Outcome)
    /// Waits for something without blocking a thread. The closure calls its argument once.
    case later(@Sendable (_ goOn: @escaping @Sendable (_ next: () throws -> Outcome) -> Void) -> Void)
    /// Serves another request instead, and adds cookies to its answer.
    /// - Parameter keepsText: whether the request does nothing but keep the text of its form.
    case instead(Request, keepsText: Bool = false, cookies: [String])

    /// An answer after a form did its work: the browser reads another screen (303).
    static func redirect(_ path: String, _ notice: Notice? = nil, cookies: [String] = []) -> Outcome {
        .respond(.redirect(path, notice, cookies: cookies))
    }
}

extension Response {
    /// The answer that leads to another screen.
    static func redirect(_ path: String, _ notice: Notice? = nil, cookies: [String] = []) -> Response {
        var target = path
        if let notice {
            let fragment = path.firstIndex(of: "#") ?? path.endIndex
            let mark = path[..<fragment].contains("?") ? "&" : "?"
            target = "\(path[..<fragment])\(mark)done=\(notice.rawValue)\(path[fragment...])"
        }
        var fields: HTTPFields = [.location: target]
        for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(.seeOther, fields: fields)
    }
}

/// A request that needs no session.
struct OpenVisit: Sendable {
    let context: Context
    let request: Request
    let requestID: String
    /// The values of the path's placeholders, in order.
    let parameters: [String]
    let query: URLEncodedForm
    let form: URLEncodedForm
    /// The files of a form with pictures, by the name of their field.
    let files: [String: [UInt8]]
    let now: Timestamp

    /// The message after a redirect.
    var notice: Notice? { query["done"].flatMap(Notice.init) }

    /// A path of the dashboard to go to afterwards. Other addresses would let a link lead people elsewhere.
    var next: String? {
        guard let next = form["next"] ?? query["next"], DashboardPlace.isLocal(next) else { return nil }
        return next
    }

    /// The actor of changes while the user is still unknown. Use cases replace it with the user.
    var guest: AuditActor { AuditActor(kind: .user, name: "guest", requestID: requestID, address: address) }

    /// The token of the browser's session, which may have ended; nil without one.
    var sessionToken: SecretToken? {
        Cookie(purpose: .session, isSecure: context.place.isSecure).value(in: request).flatMap(SecretToken.init)
    }

    /// The client's address; nil if it is unknown.
    var address: String? { request.remoteAddress.isEmpty ? nil : request.remoteAddress }
}

/// A request of a user.
@dynamicMemberLookup
struct Visit: Sendable {
    let base: OpenVisit
    let user: User
    let session: Session
    /// Proves that a form belongs to the session.
    let csrf: String

    subscript<Value>(dynamicMember path: KeyPath<OpenVisit, Value>) -> Value { base[keyPath: path] }

    /// Whether the user must set up a second factor before anything else.
    var mustEnrol: Bool {
        base.context.settings.requiresTwoFactor && !user.hasTwoFactor && session.method != .header
    }

    func may(_ role: APIKey.Role) -> Bool { user.role.holds(role) }

    /// A write of the user. The transaction checks the session, the user and the role again.
    /// - Parameter recover: turns an error into an answer. It throws the errors that it does not know.
    func write(
        as role: APIKey.Role, recover: @escaping @Sendable (any Error) throws -> Outcome = { throw $0 },
        _ body: @escaping @Sendable (WriteTransaction, User) throws -> Outcome
    ) -> Outcome {
        let publishing = base.context.publishing
        let (id, session) = (user.id, session.hash)
        let actor = AuditActor.user(user, requestID: base.requestID, address: base.address)
        return .write(
            actor,
            { transaction in
                guard try transaction.reading.session(hash: session) != nil else { throw UserRefusal.sessionEnded }
                let user = try publishing.requireUser(id, holding: role, in: transaction.reading)
                return try body(transaction, user)
            }, recover: recover)
    }
}

extension DashboardPlace {
    /// Whether a path is one of the dashboard's. Browsers treat a backslash as a slash, and `//` begins another host.
    static func isLocal(_ path: String) -> Bool {
        (path == root || path.hasPrefix(root + "/") || path.hasPrefix(root + "?"))
            && !path.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\\") || $0 >= 0x7F } && !path.contains("//")
            && !hasDotSegment(path)
    }

    /// Whether a path has a segment `.` or `..`. Browsers also read `%2e` as a dot (URL Standard §4.4).
    private static func hasDotSegment(_ path: String) -> Bool {
        path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").contains { segment in
            [".", ".."].contains(segment.lowercased().replacing("%2e", with: "."))
        }
    }
}
