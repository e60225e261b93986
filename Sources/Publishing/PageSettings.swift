import Foundation
public import StatusPages
public import Storage

/// The use cases of the settings of made pages, which the configuration does not declare. One of them takes over pages
/// that the configuration no longer declares.
extension Publishing {
    /// Changes the settings of a made page. The audit log has every setting that changes, but not the pictures.
    /// - Returns: the page after the change.
    /// - Throws: `NotFound`, `PageRefusal`, `StructureRefusal.claimed`, `Faults` that name the setting, or an error of
    ///   the database.
    @discardableResult
    public func changePage(
        _ id: ID<StatusPage>, with draft: PageSettingsDraft, in transaction: WriteTransaction
    ) throws -> StatusPage {
        let page = try madePage(id, in: transaction.reading)
        let others = try transaction.reading.pages().filter { $0.id != id }
        let archived = try transaction.reading.archivedPages()
        let domains = others.compactMap { other in other.domain.map { ($0, other.name) } }
        let changed = try draft.page(
            changing: page,
            among: PageSettingsDraft.Surroundings(
                slugs: Set(others.map(\.slug) + archived.map(\.slug)),
                domains: Dictionary(domains) { first, _ in first }, reservedWords: reservedWords,
                isTimeZone: Self.isTimeZone))
        // The structure's owner decides about the uptime, too.
        if changed.displayUptimeMode != page.displayUptimeMode, page.management.manager != .dashboard {
            throw StructureRefusal.claimed(page.management.claim)
        }
        try auditingPages(in: transaction) { try transaction.saveSettings(of: changed) }
        guard let saved = try transaction.reading.page(id) else { throw NotFound("status page") }
        return saved
    }

    /// Whether a text names a time zone of the IANA database.
    @Sendable
    public static func isTimeZone(_ name: String) -> Bool { name == "UTC" || timeZones.contains(name) }

    private static let timeZones = Set(TimeZone.knownTimeZoneIdentifiers)

    /// Takes over a page that the configuration no longer declares. The page returns from the archive as a made page,
    /// with the items that were archived with it, their ids and their history.
    /// - Throws: `NotFound`, `TakeOverRefusal`, or an error of the database.
    @discardableResult
    public func takeOver(_ id: ID<StatusPage>, in transaction: WriteTransaction) throws -> StatusPage {
        guard let archived = try transaction.reading.archivedPages().first(where: { $0.id == id }) else {
            if try transaction.reading.page(id) != nil { throw TakeOverRefusal.notArchived }
            throw NotFound("status page")
        }
        guard archived.origin == .configuration else { throw TakeOverRefusal.madeHere }
        if let domain = archived.domain,
            let other = try transaction.reading.pages().first(where: { $0.domain == domain })
        {
            throw TakeOverRefusal.domainTaken(domain, by: other.name)
        }
        try auditingPages(in: transaction) { try transaction.takeOver(archived) }
        guard let page = try transaction.reading.page(id) else { throw NotFound("status page") }
        return page
    }
}

/// Why a page cannot be taken over from the configuration.
public enum TakeOverRefusal: Error, Equatable {
    case notArchived
    /// The configuration never declared the page. It can only be restored.
    case madeHere
    /// A page that is not archived has the domain.
    case domainTaken(String, by: String)
}
