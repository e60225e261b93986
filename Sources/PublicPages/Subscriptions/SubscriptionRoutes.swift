import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// The address of a link in an email: a page, a token, and the link's purpose.
struct SubscriptionAddress {
    /// The path of the page.
    let page: String
    let token: String
    let purpose: SubscriptionToken.Purpose

    private static let templates: [(path: PathTemplate, purpose: SubscriptionToken.Purpose)] = [
        (PathTemplate("/subscriptions/{id}/confirm"), .confirm),
        (PathTemplate("/subscriptions/{id}/unsubscribe"), .unsubscribe),
        (PathTemplate("/subscriptions/{id}"), .manage),
    ]

    /// The paths as metrics and logs name them.
    static let routes = [
        "/subscriptions/{token}/confirm", "/subscriptions/{token}/unsubscribe", "/subscriptions/{token}",
    ]

    /// - Parameter path: decoded. Nil if it is not such an address.
    init?(_ path: String) {
        for (template, purpose) in Self.templates {
            guard let match = template.match(path) else { continue }
            (page, token, self.purpose) = (match.page, match.id, purpose)
            return
        }
        return nil
    }

    /// The path as metrics name it; nil if it is not such an address.
    static func route(_ path: String) -> String? {
        SubscriptionAddress(path).map { address in
            switch address.purpose {
            case .confirm: "{page}\(routes[0])"
            case .unsubscribe: "{page}\(routes[1])"
            case .manage: "{page}\(routes[2])"
            }
        }
    }
}

/// The forms to subscribe by email, and the links in emails.
///
/// The forms need no defence against cross-site requests. Only the token in the address gives authority, and a browser
/// adds no credentials.
extension PublicPages {
    // MARK: Signing up

    /// - Parameter place: of the page with the form.
    func signUp(_ request: Request, _ place: DocumentTable.Place, _ path: String, _ look: LookUp) -> Answer {
        let edition = look.edition(of: place)
        let scope = edition.scopes[place.scope].scope
        guard edition.state.hasSubscriptionForm else { return notFound(path, look, request) }
        let dress = Dress(edition, place.scope, path: path.dropLast(DocumentKind.subscribePath.utf8.count), request)
        let signUp: SignUp
        do {
            signUp = try self.signUp(SubscriptionBody(request), scope)
        } catch {
            return refuse(error, dress)
        }
        // Programs that fill every field count as well.
        if let refusal = signUps.admit(IPAddress(request.remoteAddress), publishing.rules, at: publishing.now) {
            return tooMany(refusal.retryAfter, dress)
        }
        let answer =
            dress.wantsJSON ? Self.json(.accepted, "confirmation_sent") : dress.page(.accepted) { $0.checkInboxPage() }
        return .writing { [publishing, signUps] transaction in
            if try publishing.signUp(signUp, on: scope.page, in: transaction) == .overLimit {
                signUps.note(.perAddress)
            }
            return .response(answer)
        }
    }

    /// A readable body that a form refuses.
    private struct RefusedEntry: Error {
        let entry: SignUpEntry
        let faults: [PublicFault]
    }

    private func signUp(_ body: SubscriptionBody, _ scope: PageScope) throws -> SignUp {
        let email = body.email.map { $0.trimmingPrefix(while: \.isWhitespace).trimmingSuffix } ?? ""
        let address = EmailAddress(email)
        var faults: [PublicFault] = []
        if address == nil {
            faults.append(
                PublicFault(
                    code: email.isEmpty ? .required : .format, pointer: .root.appending("email"),
                    message: email.isEmpty
                        ? "email is required." : "email must be an address such as name@example.com, in ASCII."))
        }
        let (components, unknown) = Self.components(body.componentIDs, in: scope)
        faults += unknown
        guard let address, faults.isEmpty else {
            throw RefusedEntry(
                entry: SignUpEntry(
                    email: email, chosen: Set(body.componentIDs), isAddressInvalid: address == nil,
                    isComponentUnknown: !unknown.isEmpty),
                faults: faults)
        }
        let everything: SubscriptionScope =
            scope.subPage.map { .chosen(SubscriptionScope.Choice(subPages: [$0.id])) } ?? .wholePage
        let chosen = SubscriptionScope.chosen(SubscriptionScope.Choice(components: components))
        return SignUp(
            address: address, scope: components.isEmpty ? everything : chosen,
            isTrapped: !(body.website ?? "").isEmpty)
    }

    /// The chosen components that the form offers, in the order of the page, and a fault for each other id.
    private static func components(
        _ ids: [String], in scope: PageScope
    ) -> (known: [ID<Component>], unknown: [PublicFault]) {
        let offered = Dictionary(
            scope.visible.map { ($0.component.id.description, $0.component.id) }, uniquingKeysWith: { one, _ in one })
        let unknown = ids.enumerated().filter { offered[$0.element] == nil }.prefix(Structure.mostComponents).map {
            PublicFault(
                code: .unknownComponent, pointer: .root.appending("component_ids").appending($0.offset),
                message: "component_ids must contain ids of components that this page shows.")
        }
        let chosen = Set(ids)
        return (scope.visible.map(\.component.id).filter { chosen.contains($0.description) }, Array(unknown))
    }

    private func refuse(_ error: any Error, _ dress: Dress) -> Answer {
        switch error {
        case let refused as RefusedEntry where dress.wantsJSON: .refused(.invalid(refused.faults))
        case let refused as RefusedEntry:
            .response(dress.page(.unprocessableContent) { $0.subscribePage(refused.entry) })
        default: .refused(Refusal(error))
        }
    }

    private func tooMany(_ seconds: Int, _ dress: Dress) -> Answer {
        if dress.wantsJSON { return .refused(.tooManySignUps(retryAfter: seconds)) }
        var response = dress.page(.tooManyRequests) { $0.tooManyPage() }
        response.head.headerFields[.retryAfter] = "\(seconds)"
        return .response(response)
    }

    // MARK: Links in emails

    /// - Returns: nil if the address is not on a page that is served.
    func followLink(_ address: SubscriptionAddress, _ path: String, _ look: LookUp, _ request: Request) throws
        -> Answer?
    {
        guard let edition = look.page(address.page) else { return nil }
        let page = edition.state.page
        let link = try store.read { try publishing.find(address.token, for: address.purpose, on: page, in: $0) }
        let dress = Dress(edition, 0, path: address.page[...], request)
        if link == .unknown { return Self.withoutReferrer(notFound(path, look, request)) }
        switch request.head.method {
        case .get, .head: return show(link, address, dress)
        case .post: return try follow(address, page, dress, request)
        case .options: return .response(Response(.noContent, fields: [.allow: "GET, HEAD, POST, OPTIONS"]))
        default: return .methodNotAllowed(allowed: [.get, .head, .post, .options])
        }
    }

    /// Shows the page behind a link. It changes nothing, because programs that check emails follow every link.
    private func show(_ link: SubscriptionLink, _ address: SubscriptionAddress, _ dress: Dress) -> Answer {
        let place = address.place
        switch (link, address.purpose) {
        case (.unknown, _): return .notFound
        case (.expired, _): return expired(place, dress)
        case (.gone, _): return .response(dress.page(.ok, "unsubscribed") { $0.inactivePage(at: place) })
        case (.subscriber(let subscriber), .confirm):
            return .response(dress.page(.ok, subscriber.state.rawValue) { $0.confirmPage(address.token, subscriber) })
        case (.subscriber(let subscriber), let purpose):
            return .response(
                dress.page(.ok, subscriber.state.rawValue) { page in
                    if purpose == .unsubscribe, subscriber.state != .unsubscribed {
                        return page.unsubscribePage(address.token, subscriber)
                    }
                    return subscriber.state == .active
                        ? page.managePage(address.token, subscriber) : page.inactivePage(at: place)
                })
        }
    }

    /// Carries out the purpose of a link.
    private func follow(
        _ address: SubscriptionAddress, _ page: StatusPage, _ dress: Dress, _ request: Request
    ) throws -> Answer {
        let (token, place) = (address.token, address.place)
        switch address.purpose {
        case .confirm:
            return .writing { [publishing] transaction in
                guard case .subscriber(let subscriber) = try publishing.confirm(token, on: page, in: transaction)
                else { return expired(place, dress) }
                let manageToken = try publishing.manageToken(of: subscriber, in: transaction.reading)
                return .response(
                    dress.page(.ok, "active") { $0.confirmedPage(token, subscriber, manageToken: manageToken) })
            }
        case .unsubscribe:
            // Ignores the body: mail programs send a fixed one (RFC 8058 §3.2).
            return .writing { [publishing] transaction in
                _ = try publishing.unsubscribe(token, on: page, in: transaction)
                return .response(dress.page(.ok, "unsubscribed") { $0.unsubscribedPage(at: place) })
            }
        case .manage: return try manage(token, page, dress, request)
        }
    }

    private func manage(_ token: String, _ page: StatusPage, _ dress: Dress, _ request: Request) throws -> Answer {
        let body: SubscriptionBody
        do {
            body = try SubscriptionBody(request)
        } catch {
            return .refused(Refusal(error))
        }
        let scope = dress.scope
        let (components, unknown) = Self.components(body.componentIDs, in: scope)
        return .writing { [publishing] transaction in
            let link = try publishing.find(token, for: .manage, on: page, in: transaction.reading)
            guard case .subscriber(let old) = link, old.state == .active else {
                return .response(
                    dress.page(.ok, "unsubscribed") { $0.inactivePage(at: .subscription(token)) })
            }
            let new = body.wantsWholePage ? .wholePage : old.scope.choosing(Set(components), on: scope)
            // An empty choice is valid only if the form showed no part of the current scope.
            guard body.wantsWholePage || unknown.isEmpty && (!components.isEmpty || new == old.scope) else {
                if dress.wantsJSON { return .refused(.invalid(unknown.isEmpty ? [Self.nothingChosen] : unknown)) }
                let change: SitePage.Change = unknown.isEmpty ? .nothingChosen : .unknownComponent
                return .response(dress.page(.unprocessableContent) { $0.managePage(token, old, change) })
            }
            guard case .subscriber(let subscriber) = try publishing.setScope(new, by: token, on: page, in: transaction)
            else { return .notFound }
            return .response(dress.page(.ok, "active") { $0.managePage(token, subscriber, .saved) })
        }
    }

    private static let nothingChosen = PublicFault(
        code: .required, pointer: .root.appending("component_ids"),
        message: "component_ids must not be empty, unless whole_page is 1.")

    private func expired(_ place: SitePage.Place, _ dress: Dress) -> Answer {
        dress.wantsJSON ? .refused(.expiredLink) : .response(dress.page(.gone) { $0.expiredPage(at: place) })
    }

    static func json(_ status: HTTPResponse.Status, _ state: String) -> Response {
        var fields = Dress.privateFields
        fields[.contentType] = "application/json"
        return Response(status, fields: fields, body: Array("{\"status\": \"\(state)\"}".utf8))
    }

    private static func withoutReferrer(_ answer: Answer) -> Answer {
        guard case .response(var response) = answer else { return answer }
        response.head.headerFields[.referrerPolicy] = Dress.privateFields[.referrerPolicy]
        return .response(response)
    }
}

extension SubscriptionAddress {
    fileprivate var place: SitePage.Place {
        switch purpose {
        case .confirm: .subscription(token, "/confirm")
        case .manage: .subscription(token)
        case .unsubscribe: .subscription(token, "/unsubscribe")
        }
    }
}

extension SubscriptionBody {
    fileprivate var wantsWholePage: Bool { wholePage == "1" }
}

extension PublicPages.Refusal {
    fileprivate init(_ problem: any Error) {
        switch problem as? SubscriptionBody.Problem {
        case .tooLarge(let limit): self = .tooLarge(limit: limit)
        case .malformed(let reason): self = .malformed(reason: reason)
        case .faults(let faults): self = .invalid(faults)
        case .unsupportedType, nil: self = .unsupportedType
        }
    }
}

extension Substring {
    fileprivate var trimmingSuffix: String { String(reversed().drop(while: \.isWhitespace).reversed()) }
}
