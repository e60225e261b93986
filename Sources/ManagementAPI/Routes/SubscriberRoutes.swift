import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// Subscribers: list, add, import, show, change and delete, and the actions on one.
struct SubscriberRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_subscribers"
        let one = "\(list)/{id}"
        router.add(.get, list, Endpoint(.subscribersManage, self.list, as: .listSubscribers))
        router.add(.post, list, Endpoint(.subscribersManage, create, as: .createSubscriber))
        router.add(
            .post, "\(list)/actions/import", Endpoint(.subscribersManage, importMany, as: .importSubscribers))
        router.add(.get, one, Endpoint(.subscribersManage, show, as: .showSubscriber))
        router.add(.put, one, Endpoint(.subscribersManage, change, as: .updateSubscriber))
        router.add(.delete, one, Endpoint(.subscribersManage, delete, as: .deleteSubscriber))
        router.add(
            .post, "\(one)/actions/resend_confirmation",
            Endpoint(.subscribersManage, resendConfirmation, as: .resendConfirmation))
        router.add(
            .post, "\(one)/actions/reactivate", Endpoint(.subscribersManage, reactivate, as: .reactivateSubscriber))
        router.add(.post, "\(one)/actions/report_bounce", Endpoint(.subscribersManage, reportBounce, as: .reportBounce))
        router.add(.post, "\(one)/actions/rotate_secret", Endpoint(.subscribersManage, rotate, as: .rotateSecret))
        router.add(.post, "\(one)/actions/test", Endpoint(.subscribersManage, test, as: .testSubscriber))
    }

    private func list(_ call: Call) throws -> Outcome {
        let query = call.query
        query.require("status_page_id")
        let page = try query.string("status_page_id").map(context.page)
        let paging = Paging(query)
        let state = query.choice("state", Subscriber.State.self)
        let channel = query.choice("channel", Subscriber.Channel.self)
        let key = query.string("email").map { $0.lowercased() }
        guard let page else { throw Validation.refusal(query.faults) }
        return .done(
            try paging.response("status_page_subscribers", body: { SubscriberBody(subscriber: $0) }, id: \.id) {
                after, limit in
                try context.store.read {
                    try $0.subscribers(
                        of: page.id, state: state, channel: channel ?? (key == nil ? nil : .email), addressKey: key,
                        after: after, limit: limit)
                }
            })
    }

    private func show(_ call: Call) throws -> Outcome {
        let id = try id(call)
        return .done(
            try Self.response(.ok, try context.store.read { try context.publishing.find(id, in: $0).subscriber }))
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let page = try reader.requiredString("status_page_id").map(context.page)
        let draft = SubscriberDraft(reader, isNew: true)
        let isConfirmed = reader.bool("confirmed") ?? false
        let read = reader.faults.all
        guard let page else {
            // The draft's faults are reported together with the missing page.
            _ = try Validation.perform(read) {
                try draft.subscriber(
                    on: nil, confirmed: isConfirmed, checking: { _ in nil }, secret: "", at: context.now(),
                    newID: context.newID)
            }
            throw APIError.unexpected
        }
        return .write { transaction in
            let subscriber = try Validation.perform(read) {
                try context.publishing.addSubscriber(draft, confirmed: isConfirmed, on: page, in: transaction)
            }
            return try Self.response(.created, subscriber, secret: subscriber.secrets?.current)
        }
    }

    private func importMany(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let page = try reader.requiredString("status_page_id").map(context.page)
        if !reader.has("confirmed") {
            reader.faults.note(JSONFault(.missing, .root.appending("confirmed"), "confirmed is required."))
        }
        let isConfirmed = reader.bool("confirmed") ?? false
        let rows = reader.objects("subscribers", atMost: SubscriberImport.mostRows)
        if !reader.has("subscribers") {
            reader.faults.note(JSONFault(.missing, .root.appending("subscribers"), "subscribers is required."))
        }
        let command = SubscriberImport(
            rows: (rows ?? []).map { SubscriberImport.Row(email: $0.string("email"), scope: ScopeDraft($0)) },
            isConfirmed: isConfirmed)
        let decided = rows?.isEmpty == true ? [SubscriberImport.noRows] : []
        guard let page, reader.faults.all.isEmpty, decided.isEmpty else {
            throw Validation.refusal(reader.faults, decided)
        }
        return .write { transaction in
            let report = try context.publishing.add(command, to: page, in: transaction)
            return try JSONResponse.make(.ok, ImportBody(report))
        }
    }

    private func change(_ call: Call) throws -> Outcome {
        let id = try id(call)
        _ = try context.store.read { try context.publishing.find(id, in: $0) }
        let reader = try call.readBody()
        let draft = SubscriberDraft(reader, isNew: false)
        let read = reader.faults.all
        return .write { transaction in
            let subscriber = try Validation.perform(read) {
                try context.publishing.change(id, with: draft, in: transaction)
            }
            return try Self.response(.ok, subscriber)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id = try id(call)
        return .write { transaction in
            try context.publishing.deleteSubscriber(id, in: transaction)
            return Response(.noContent)
        }
    }

    // MARK: Actions

    private func resendConfirmation(_ call: Call) throws -> Outcome {
        let id = try id(call)
        return .write { try Self.response(.ok, try context.publishing.resendConfirmation(id, in: $0)) }
    }

    private func reactivate(_ call: Call) throws -> Outcome {
        let id = try id(call)
        return .write { try Self.response(.ok, try context.publishing.reactivate(id, in: $0)) }
    }

    private func reportBounce(_ call: Call) throws -> Outcome {
        let id = try id(call)
        _ = try context.store.read { try context.publishing.find(id, in: $0) }
        let reader = try call.readBody()
        if !reader.has("type") {
            reader.faults.note(JSONFault(.missing, .root.appending("type"), "type is required."))
        }
        let bounce = reader.choice("type", Bounce.self)
        let detail = reader.string("detail")
        if let detail, let problem = TextRule.detail.problem(detail) {
            reader.faults.note(JSONFault(.value, .root.appending("detail"), problem))
        }
        try Validation.check(reader.faults)
        guard let bounce else { throw APIError.unexpected }
        return .write {
            try Self.response(.ok, try context.publishing.report(bounce, detail: detail, of: id, in: $0))
        }
    }

    private func rotate(_ call: Call) throws -> Outcome {
        let id = try id(call)
        _ = try context.store.read { try context.publishing.find(id, in: $0) }
        let reader = try call.readOptionalBody()
        let minutes = reader.integer("grace_period_minutes")
        let read = reader.faults.all
        return .write { transaction in
            let subscriber = try Validation.perform(read) {
                try context.publishing.rotateSecret(of: id, gracePeriodMinutes: minutes, in: transaction)
            }
            return try Self.response(.created, subscriber, secret: subscriber.secrets?.current)
        }
    }

    private func test(_ call: Call) throws -> Outcome {
        let id = try id(call)
        return .write { transaction in
            let delivery = try context.publishing.test(id, in: transaction)
            return try DeliveryRoutes(context: context).response(.created, delivery, in: transaction.reading)
        }
    }

    // MARK: Parts

    private func id(_ call: Call) throws -> ID<Subscriber> { try call.id(of: "subscriber") }

    private static func response(
        _ status: HTTPResponse.Status, _ subscriber: Subscriber, secret: String? = nil
    ) throws -> Response {
        try JSONResponse.make(
            status, SubscriberResult(subscriber: SubscriberBody(subscriber: subscriber), secret: secret))
    }
}

extension ScopeDraft {
    fileprivate init(_ reader: JSONReader) {
        self.init(
            componentIDs: reader.strings("component_ids", atMost: Structure.mostComponents),
            groupIDs: reader.strings("group_ids", atMost: Structure.mostComponents),
            subPageIDs: reader.strings("sub_page_ids", atMost: Structure.mostComponents))
    }
}

extension SubscriberDraft {
    /// - Parameter isNew: whether the command adds a subscriber. If not, the members that never change are not read.
    fileprivate init(_ reader: JSONReader, isNew: Bool) {
        self.init(
            channel: isNew ? reader.choice("channel") : nil, email: isNew ? reader.string("email") : nil,
            url: reader.string("url"), format: reader.choice("format"), name: reader.string("name"),
            scope: ScopeDraft(reader))
    }
}
