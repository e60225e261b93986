/// A command to add or change a subscriber, as far as it could be read. It has not been checked yet.
public struct SubscriberDraft: Sendable {
    public var channel: Subscriber.Channel?
    public var email: String?
    public var url: String?
    public var format: Subscriber.Format?
    public var name: String?
    public var scope: ScopeDraft

    public init(
        channel: Subscriber.Channel? = nil, email: String? = nil, url: String? = nil,
        format: Subscriber.Format? = nil, name: String? = nil, scope: ScopeDraft = ScopeDraft()
    ) {
        self.channel = channel
        self.email = email
        self.url = url
        self.format = format
        self.name = name
        self.scope = scope
    }
}

/// The part of a page that a command asks for. Nil for lists that it does not have.
public struct ScopeDraft: Sendable {
    public var componentIDs: [String]?
    public var groupIDs: [String]?
    public var subPageIDs: [String]?

    public init(componentIDs: [String]? = nil, groupIDs: [String]? = nil, subPageIDs: [String]? = nil) {
        self.componentIDs = componentIDs
        self.groupIDs = groupIDs
        self.subPageIDs = subPageIDs
    }

    /// The scope. Without any list, or if all of them are empty, it is the whole page.
    /// - Parameters:
    ///   - page: nil if it is unknown. Nothing is checked then.
    ///   - faults: gets one for each id that is not on the page.
    public func checked(on page: StatusPage?, faults: inout [Fault]) -> SubscriptionScope {
        let structure = page?.structure
        let placements = structure?.placements
        let choice = SubscriptionScope.Choice(
            components: Self.checked(
                componentIDs, .componentIDs, among: placements.map { $0.map(\.component.id) }, faults: &faults),
            groups: Self.checked(groupIDs, .groupIDs, among: structure.map { $0.groups.map(\.id) }, faults: &faults),
            subPages: Self.checked(
                subPageIDs, .subPageIDs, among: structure.map { $0.subPages.map(\.id) }, faults: &faults))
        return choice == SubscriptionScope.Choice() ? .wholePage : .chosen(choice)
    }

    /// Whether the command has any list.
    public var isGiven: Bool { componentIDs != nil || groupIDs != nil || subPageIDs != nil }

    private static func checked<Entity>(
        _ texts: [String]?, _ field: Fault.Field, among known: [ID<Entity>]?, faults: inout [Fault]
    ) -> [ID<Entity>] {
        guard let known else { return [] }
        let all = Set(known)
        var ids: [ID<Entity>] = []
        for (index, text) in (texts ?? []).enumerated() {
            guard let id = ID<Entity>(text), all.contains(id) else {
                faults.append(Fault(.unknownComponent, [.field(field), .index(index)], "The page has no such item."))
                continue
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }
}

extension SubscriberDraft {
    /// Checks the URL of an endpoint.
    /// - Returns: the rule that it breaks, as a fault without a path; nil if the server may call it.
    public typealias EndpointCheck = @Sendable (_ url: String) -> Fault?

    /// Makes a new subscriber.
    /// - Parameters:
    ///   - page: nil if the request names none. The caller must report that. Everything else is checked anyway.
    ///   - secret: for webhooks.
    /// - Throws: everything that is wrong with the command. `Faults` is empty if only the page is missing.
    public func subscriber(
        on page: StatusPage?, confirmed isConfirmed: Bool, checking endpoint: EndpointCheck,
        secret: @autoclosure () throws -> String, at now: Timestamp, newID: () -> ULID
    ) throws -> Subscriber {
        var faults = [channel == nil ? Fault(.required, [.field(.channel)], "The channel is required.") : nil]
            .compactMap(\.self)
        let address = address(over: channel, checking: endpoint, faults: &faults)
        if let fault = nameFault { faults.append(fault) }
        if format != nil, channel != nil, channel != .webhook { faults.append(Self.formatOfOther) }
        let scope = scope.checked(on: page, faults: &faults)
        guard faults.isEmpty, let page, let channel, let address else { throw Faults(faults) }
        var subscriber = Subscriber(
            id: ID(newID()), pageID: page.id, channel: channel, state: .pending, address: address,
            format: channel == .webhook ? format ?? .incidentIO : nil, name: name, scope: scope, source: .api,
            createdAt: now)
        if channel == .webhook { subscriber.secrets = Subscriber.Secrets(current: try secret()) }
        if channel != .email || isConfirmed {
            subscriber.activate(at: now)
            subscriber.confirmedAt = now
        }
        return subscriber
    }

    private var nameFault: Fault? { name.flatMap { TextRule.name.fault($0, .name) } }

    private func address(
        over channel: Subscriber.Channel?, checking endpoint: EndpointCheck, faults: inout [Fault]
    ) -> String? {
        guard let channel else { return nil }
        if channel == .email {
            if url != nil {
                faults.append(Fault(.invalidValue, [.field(.url)], "A subscriber by email must not have a url."))
            }
            guard let email else {
                faults.append(Fault(.required, [.field(.email)], "The email is required."))
                return nil
            }
            guard let address = EmailAddress(email) else {
                faults.append(Fault(.invalidFormat, [.field(.email)], EmailAddress.rule))
                return nil
            }
            return address.description
        }
        if email != nil {
            faults.append(
                Fault(.invalidValue, [.field(.email)], "A subscriber by \(channel.rawValue) must not have an email."))
        }
        guard let url else {
            faults.append(Fault(.required, [.field(.url)], "The url is required."))
            return nil
        }
        if let fault = endpoint(url) { faults.append(Fault(fault.code, [.field(.url)], fault.message)) }
        return url
    }

    private static let formatOfOther = Fault(
        .invalidValue, [.field(.format)], "Only the channel webhook has a format.")

    /// Changes a subscriber. Absent members stay unchanged.
    /// - Throws: everything that is wrong with the command. The subscriber then stays unchanged.
    public func change(
        _ subscriber: inout Subscriber, on page: StatusPage, checking endpoint: EndpointCheck
    ) throws(Faults) {
        var changed = subscriber
        var faults: [Fault] = []
        if let fault = nameFault { faults.append(fault) }
        if let name { changed.name = name }
        if let url {
            if subscriber.channel == .email {
                faults.append(Fault(.invalidValue, [.field(.url)], "A subscriber by email must not have a url."))
            } else if let fault = endpoint(url) {
                faults.append(Fault(fault.code, [.field(.url)], fault.message))
            }
            changed.address = url
        }
        if let format {
            if subscriber.channel != .webhook { faults.append(Self.formatOfOther) }
            changed.format = format
        }
        if scope.isGiven { changed.scope = scope.checked(on: page, faults: &faults) }
        guard faults.isEmpty else { throw Faults(faults) }
        subscriber = changed
    }
}

extension EmailAddress {
    /// The rule for an address, as a sentence.
    public static let rule = "The email must be an address such as name@example.com, in ASCII."
}
