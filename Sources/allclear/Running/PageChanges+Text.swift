import JSONInput
import Logging
import Storage

extension PageChanges {
    /// Logs each change of a configuration. Archiving is a warning, because a misspelt slug hides a page.
    func log(to logger: Logger) {
        for item in items {
            var metadata: Logger.Metadata = ["page": "\(item.pageSlug)", "name": "\(item.name)"]
            if item.kind != .page { metadata["key"] = "\(item.key)" }
            if !item.events.isEmpty {
                metadata["ongoing_incidents"] = .stringConvertible(item.events.incidents)
                metadata["unfinished_maintenances"] = .stringConvertible(item.events.maintenances)
            }
            switch item.change {
            case .added: logger.info("\(item.kind.rawValue) added", metadata: metadata)
            case .adopted: logger.info("page taken over by the configuration", metadata: metadata)
            case .returned: logger.info("\(item.kind.rawValue) returned from the archive", metadata: metadata)
            case .renamed(let name):
                metadata["from"] = "\(name)"
                logger.info("\(item.kind.rawValue) renamed", metadata: metadata)
            case .archived:
                logger.warning(
                    "\(item.kind.rawValue) archived: it is no longer in the configuration", metadata: metadata)
            }
        }
    }
}

extension PageChanges.Item {
    /// One line for people, such as `archive component "api" of page "acme", "API": 1 ongoing incident`.
    var summary: String {
        let events = self.events.isEmpty ? "" : ": \(self.events.text)"
        switch change {
        case .added: return "add \(label), \(name.quoted)"
        case .adopted: return "take over \(label), \(name.quoted)\(events)"
        case .returned: return "bring back \(label), \(name.quoted)\(events)"
        case .renamed(let old): return "rename \(label) from \(old.quoted) to \(name.quoted)\(events)"
        case .archived: return "archive \(label), \(name.quoted)\(events)"
        }
    }

    /// The kind and the key of the item, for a message.
    var label: String {
        kind == .page ? "page \(key.quoted)" : "\(kind.rawValue) \(key.quoted) of page \(pageSlug.quoted)"
    }
}

extension PageChanges.OngoingEvents {
    /// For example "2 ongoing incidents and 1 unfinished maintenance".
    var text: String {
        var parts: [String] = []
        if incidents > 0 { parts.append(incidents == 1 ? "1 ongoing incident" : "\(incidents) ongoing incidents") }
        if maintenances > 0 {
            parts.append(maintenances == 1 ? "1 unfinished maintenance" : "\(maintenances) unfinished maintenances")
        }
        return parts.joined(separator: " and ")
    }
}

extension Configuration {
    /// The problems of a configuration that would archive pages or components with ongoing events.
    func refusal(_ refused: ArchivingRefused) -> InvalidConfiguration {
        let pointer = JSONPointer.root.appending("pages")
        let problems = refused.items.map { item in
            let added = refused.changes.items.filter {
                $0.change == .added && $0.kind == item.kind && (item.kind == .page || $0.pageSlug == item.pageSlug)
            }
            let near = Spelling.nearest(to: item.key, among: added.map(\.key))
            let hint = near.map { " (is the new \($0.quoted) a misspelling?)" } ?? ""
            let rule =
                "would archive \(item.label)\(hint), which has \(item.events.text); keep it in the configuration, end its events, "
                + "or allow it with \"allow_archiving\": true or --allow-archiving"
            return problem(at: pointer, rule)
        }
        return InvalidConfiguration(file: file, problems: problems)
    }

    /// The problems of a configuration with the slugs or domains of pages that it does not declare.
    func refusal(_ conflict: PagesConflict) -> InvalidConfiguration {
        let problems = conflict.conflicts.map { conflict in
            let pointer = JSONPointer.root.appending("pages").appending(conflict.index)
            let page = "the \(conflict.isArchived ? "archived " : "")page \(conflict.name.quoted)"
            let owner = "belongs to \(page), which the dashboard manages"
            let advice =
                switch conflict.property {
                case .slug: "take that page over with \"adopt\": true, use another slug, or remove the page here"
                // A declaration takes over the page with its slug, never the one with its domain.
                case .domain:
                    "use another domain, declare that page here too with \"slug\": \(conflict.slug.quoted) and "
                        + "\"adopt\": true, or archive it with: allclear pages archive \(conflict.slug)"
                }
            return problem(at: pointer.appending(conflict.property.rawValue), "\(owner); \(advice)")
        }
        return InvalidConfiguration(file: file, problems: problems)
    }

    /// Checks the declared pages without writing.
    /// - Throws: `InvalidConfiguration` if they would be refused.
    func check(_ transaction: ReadTransaction) throws {
        guard let pages else { return }
        _ = try reportingRefusals {
            try transaction.check(pages, at: Clock.now(), allowsArchiving: allowsArchiving)
        }
    }

    /// Runs `body`. If it refuses the pages, throws that as a problem of this configuration.
    func reportingRefusals<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let conflict as PagesConflict {
            throw refusal(conflict)
        } catch let refused as ArchivingRefused {
            throw refusal(refused)
        }
    }
}
