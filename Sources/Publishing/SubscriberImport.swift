public import StatusPages
public import Storage

/// Email addresses to add to a page.
public struct SubscriberImport: Sendable {
    public struct Row: Sendable {
        public var email: String?
        public var scope: ScopeDraft

        public init(email: String?, scope: ScopeDraft = ScopeDraft()) {
            self.email = email
            self.scope = scope
        }
    }

    /// Why a row was skipped.
    public enum Problem: String, CaseIterable, Sendable {
        case invalidFormat = "invalid_format"
        /// An earlier row has the same address.
        case duplicate
        case unknownComponent = "unknown_component"
        case unsubscribed, quarantined
    }

    public struct Report: Equatable, Sendable {
        public struct Skipped: Equatable, Sendable {
            /// The row's place among the rows, from 0.
            public let index: Int
            public let code: Problem
        }

        public var imported = 0
        /// How many addresses were those of subscribers already. Each got the scope of its row.
        public var updated = 0
        /// How many imported addresses got no confirmation email, because they have reached the limit of emails in a
        /// day.
        public var unasked = 0
        public var skipped: [Skipped] = []

        public init() {}
    }

    /// The maximum number of rows.
    public static let mostRows = 1_000

    public var rows: [Row]
    /// Whether the owners of the addresses have agreed already. Otherwise each new address gets a confirmation email.
    public var isConfirmed: Bool
    /// The addresses in earlier parts of the same list, in the form of `EmailAddress.key`.
    public var earlier: Set<String>

    public init(rows: [Row], isConfirmed: Bool, earlier: Set<String> = []) {
        self.rows = rows
        self.isConfirmed = isConfirmed
        self.earlier = earlier
    }

    /// An import without rows.
    public static let noRows = Fault(.tooShort, [.field(.subscribers)], "There must be at least one subscriber.")
}

extension Publishing {
    /// Adds email addresses to a page. Skips invalid rows. Addresses that unsubscribed stay unsubscribed.
    /// - Throws: `SubscriberConflict`, or an error of the database.
    public func add(
        _ command: SubscriberImport, to page: StatusPage, in transaction: WriteTransaction
    ) throws -> SubscriberImport.Report {
        guard rules.hasMail else { throw SubscriberConflict.mailNotConfigured }
        var report = SubscriberImport.Report()
        var seen = command.earlier
        for (index, row) in command.rows.enumerated() {
            func skip(_ code: SubscriberImport.Problem) {
                report.skipped.append(SubscriberImport.Report.Skipped(index: index, code: code))
            }
            guard let address = row.email.flatMap(EmailAddress.init) else {
                skip(.invalidFormat)
                continue
            }
            guard seen.insert(address.key).inserted else {
                skip(.duplicate)
                continue
            }
            var faults: [Fault] = []
            let scope = row.scope.checked(on: page, faults: &faults)
            guard faults.isEmpty else {
                skip(.unknownComponent)
                continue
            }
            guard var known = try known(address.key, .email, on: page.id, in: transaction.reading) else {
                let isSettled = try insert(
                    address, scope, isConfirmed: command.isConfirmed, on: page, in: transaction)
                report.imported += 1
                if !isSettled { report.unasked += 1 }
                continue
            }
            switch known.state {
            case .unsubscribed: skip(.unsubscribed)
            case .quarantined: skip(.quarantined)
            case .pending where command.isConfirmed:
                known.scope = scope
                known.requestedScope = nil
                known.confirm(at: now())
                try transaction.save(known)
                report.updated += 1
            case .pending, .active:
                if known.state == .pending { known.requestedScope = scope }
                known.scope = scope
                try transaction.save(known)
                report.updated += 1
            }
        }
        // One event for the list, because a list of each address would fill the log.
        var changes = AuditChanges()
        changes.note("imported", 0, report.imported)
        changes.note("updated", 0, report.updated)
        if !changes.isEmpty {
            changes.name("confirmed", command.isConfirmed)
            try audit(.imported, AuditSubject(.page, page.id, page.name), page: page.id, changes, in: transaction)
        }
        return report
    }

    /// - Returns: false if the address needs a confirmation email, but has reached the limit of emails in 24 hours.
    private func insert(
        _ address: EmailAddress, _ scope: SubscriptionScope, isConfirmed: Bool, on page: StatusPage,
        in transaction: WriteTransaction
    ) throws -> Bool {
        var subscriber = Subscriber(
            id: ID(newID()), pageID: page.id, channel: .email, state: .pending, address: address.description,
            scope: scope, source: .imported, createdAt: now())
        if isConfirmed {
            subscriber.confirm(at: now())
        } else {
            subscriber.linkExpiresAt = confirmationExpiry
        }
        try transaction.insert(subscriber)
        guard !isConfirmed else { return true }
        guard try mayMail(address.key, in: transaction.reading) else { return false }
        try mail(.confirmation, to: subscriber, on: page, in: transaction)
        return true
    }
}
