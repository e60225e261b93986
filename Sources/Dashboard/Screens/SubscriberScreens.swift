import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Subscribers" of a page: list, add, change, and the actions on one.
enum SubscriberScreens {
    static let path = "\(PageScreen.path)/subscribers"
    private static let pageSize = 50

    static func add(to router: inout Router<Screen>) {
        let one = "\(path)/{id}"
        func get(_ path: String, _ show: @escaping @Sendable (Visit) throws -> Response) {
            router.add(.get, path, .user(as: .subscribersManage) { .respond(try show($0)) })
        }
        func post(
            _ path: String, isConfirmed: Bool = false, _ perform: @escaping @Sendable (Visit) throws -> Outcome
        ) {
            router.add(.post, path, .user(as: .subscribersManage, isConfirmed: isConfirmed, perform))
        }
        get(path, list)
        get("\(path)/new") { SubscriberViews.new($0, try $0.servedPage()) }
        post("\(path)/new", create)
        SubscriberImportScreen.add(to: &router)
        get(one) { try show($0) }
        post(one, save)
        post("\(one)/resend") { visit in
            try act(visit, .asked) { try visit.context.publishing.resendConfirmation($0, in: $1) }
        }
        post("\(one)/reactivate") { visit in
            try act(visit, .reactivated) { try visit.context.publishing.reactivate($0, in: $1) }
        }
        post("\(one)/test") { visit in
            try act(visit, .testOrdered) { try visit.context.publishing.test($0, in: $1) }
        }
        post("\(one)/rotate", isConfirmed: true, rotate)
        post("\(one)/erase", isConfirmed: true, erase)
    }

    private static func list(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        guard page.isServed else { return SubscriberViews.none(visit, page, title: "Subscribers") }
        let query = visit.query
        let part = query.trimmed("q")
        let after = query["after"].flatMap { ID<Subscriber>($0) }
        let (found, counts) = try visit.context.store.read { transaction in
            let found = try transaction.subscribers(
                of: page.id, state: query["status"].flatMap(Subscriber.State.init),
                channel: query["channel"].flatMap(Subscriber.Channel.init), containing: part.isEmpty ? nil : part,
                after: after, limit: pageSize + 1)
            let counts = try [Subscriber.State.active, .pending, .quarantined, .unsubscribed].map { state in
                (state, try transaction.subscriberCount(of: page.id, state, over: Subscriber.Channel.allCases))
            }
            return (found ?? [], counts)
        }
        let subscribers = Array(found.prefix(pageSize))
        return SubscriberViews.list(
            visit, page, subscribers, counts: counts, next: found.count > pageSize ? subscribers.last?.id : nil)
    }

    // MARK: Add and change

    private static func create(_ visit: Visit) throws -> Outcome {
        let page = try visit.servedPage()
        let form = visit.form
        let show: @Sendable ([FieldFault]) -> Response = { faults in
            SubscriberViews.new(visit, page, Fields(form, faults: faults), status: .unprocessableContent)
        }
        guard let scope = ScopeFields.draft(form) else { return .respond(show([ScopeFields.nothingChosen])) }
        let channel = form["channel"].flatMap(Subscriber.Channel.init)
        let isMail = channel == .email
        let address = form.trimmed("address")
        let name = form.trimmed("name")
        let draft = SubscriberDraft(
            channel: channel, email: isMail ? address : nil, url: isMail ? nil : address,
            format: channel == .webhook ? form["format"].flatMap(Subscriber.Format.init) : nil,
            name: name.isEmpty ? nil : name, scope: scope)
        return visit.write(as: .subscribersManage, recover: recovering(show)) { transaction, _ in
            let subscriber = try visit.context.publishing.addSubscriber(
                draft, confirmed: form["confirmed"] != nil, on: page, in: transaction)
            guard let secret = subscriber.secrets?.current else {
                return .redirect(page.path(of: subscriber.id), .created)
            }
            return .respond(SubscriberViews.secret(visit, page, subscriber, secret))
        }
    }

    private static func show(
        _ visit: Visit, _ fields: Fields? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let (subscriber, page) = try find(visit)
        let deliveries = try visit.context.store.read { transaction in
            try DeliveryList(
                try transaction.deliveries(of: page.id, subscriber: subscriber.id, limit: 10) ?? [], in: transaction)
        }
        return SubscriberViews.show(visit, page, subscriber, deliveries, fields, status: status)
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let (subscriber, page) = try find(visit)
        let form = visit.form
        let show: @Sendable ([FieldFault]) throws -> Response = { faults in
            try self.show(visit, Fields(form, faults: faults), status: .unprocessableContent)
        }
        guard let scope = ScopeFields.draft(form) else { return .respond(try show([ScopeFields.nothingChosen])) }
        let isMail = subscriber.channel == .email
        let name = form.trimmed("name")
        let draft = SubscriberDraft(
            url: isMail ? nil : form.trimmed("address"),
            format: subscriber.channel == .webhook ? form["format"].flatMap(Subscriber.Format.init) : nil,
            // An empty name is rejected, unless the subscriber had no name before.
            name: name.isEmpty && subscriber.name == nil ? nil : name, scope: scope)
        return visit.write(as: .subscribersManage, recover: recovering(show)) { transaction, _ in
            _ = try visit.context.publishing.change(subscriber.id, with: draft, in: transaction)
            return .redirect(page.path(of: subscriber.id), .saved)
        }
    }

    // MARK: Actions

    private static func act<Result>(
        _ visit: Visit, _ notice: Notice,
        _ act: @escaping @Sendable (ID<Subscriber>, WriteTransaction) throws -> Result
    ) throws -> Outcome {
        let (subscriber, page) = try find(visit)
        return visit.write(as: .subscribersManage) { transaction, _ in
            _ = try act(subscriber.id, transaction)
            return .redirect(page.path(of: subscriber.id), notice)
        }
    }

    private static func rotate(_ visit: Visit) throws -> Outcome {
        let (subscriber, page) = try find(visit)
        return visit.write(as: .subscribersManage) { transaction, _ in
            try SentOnce(visit).perform(in: transaction) {
                let subscriber = try visit.context.publishing.rotateSecret(
                    of: subscriber.id, gracePeriodMinutes: nil, in: transaction)
                let secret = subscriber.secrets?.current ?? ""
                return (
                    .respond(SubscriberViews.secret(visit, page, subscriber, secret)),
                    location: page.path(of: subscriber.id)
                )
            }
        }
    }

    private static func erase(_ visit: Visit) throws -> Outcome {
        let (subscriber, page) = try find(visit)
        return visit.write(as: .subscribersManage) { transaction, _ in
            try visit.context.publishing.deleteSubscriber(subscriber.id, in: transaction)
            return .redirect(page.subscribersPath, .erased)
        }
    }

    // MARK: Parts

    private static func find(_ visit: Visit) throws -> (subscriber: Subscriber, page: StatusPage) {
        let page = try visit.servedPage()
        guard let id = visit.parameters.last.flatMap({ ID<Subscriber>($0) }) else { throw NotFound("subscriber") }
        let found = try visit.context.store.read { try visit.context.publishing.find(id, in: $0) }
        guard found.page.id == page.id else { throw NotFound("subscriber") }
        return (found.subscriber, page)
    }

    /// Shows the form again, with the faults of the command.
    private static func recovering(
        _ show: @escaping @Sendable ([FieldFault]) throws -> Response
    ) -> @Sendable (any Error) throws -> Outcome {
        { error in
            switch error {
            case let faults as Faults:
                .respond(
                    try show(
                        faults.inForm { fault in
                            switch fault.field {
                            case .email, .url: "address"
                            case .channel: "channel"
                            case .format: "format"
                            case .name: "name"
                            case .componentIDs, .groupIDs, .subPageIDs: "scope"
                            default: nil
                            }
                        }))
            case SubscriberConflict.exists, SubscriberConflict.mailNotConfigured, SubscriberConflict.tooManyMails:
                .respond(try show([FieldFault("address", (error as? SubscriberConflict)?.explanation ?? "")]))
            default: throw error
            }
        }
    }
}

extension StatusPage {
    var subscribersPath: String { "\(dashboardPath)/subscribers" }
    var deliveriesPath: String { "\(dashboardPath)/deliveries" }

    func path(of subscriber: ID<Subscriber>) -> String { "\(subscribersPath)/\(subscriber)" }
}

extension Visit {
    /// The page that the path names. Internal pages have no subscribers.
    /// - Throws: `NotFound`.
    func servedPage() throws -> StatusPage {
        let page = try page()
        guard page.isServed else { throw NotFound("page with subscribers") }
        return page
    }
}

extension SubscriberConflict {
    /// A sentence.
    var explanation: String {
        switch self {
        case .exists: "The page already has a subscriber with this address."
        case .mailNotConfigured:
            "Mail is not configured, so no email can be sent. Set at least mail.host and mail.from."
        case .wrongState(let explanation): explanation
        case .tooManyMails:
            "The address has reached the limit of emails in 24 hours (subscribers.mails_per_address)."
        }
    }
}
