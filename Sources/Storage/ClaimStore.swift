import Foundation
import GRDB
public import StatusPages

/// Something that a tool can claim.
public struct ClaimedResource: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// The structure of a page, with the page's id.
        case structure = "status_page_structure"
        case component = "status_page_component"
        case apiKey = "api_key"
    }

    let kind: Kind
    let id: String

    init(_ kind: Kind, id: String) {
        self.kind = kind
        self.id = id
    }

    public static func structure(of page: ID<StatusPage>) -> Self { Self(.structure, id: page.description) }
    public static func component(_ id: ID<Component>) -> Self { Self(.component, id: id.description) }
    public static func apiKey(_ id: ID<APIKey>) -> Self { Self(.apiKey, id: id.description) }
}

extension ReadTransaction {
    public func claim(on resource: ClaimedResource) throws -> Claim {
        let found = try db.query(
            "SELECT annotations FROM claims WHERE resource_type = ? AND resource_id = ?",
            [resource.kind.rawValue, resource.id]
        ) { try $0.claim(0) }
        return found.first ?? Claim.none
    }
}

/// A claim on a page's structure or on a component.
public struct StoredClaim: Sendable {
    public let resource: ClaimedResource
    public let claim: Claim
    public let subject: AuditSubject
    /// Nil for a component.
    public let page: ID<StatusPage>?
}

extension ReadTransaction {
    /// All claims on structures and components.
    public func claims() throws -> [StoredClaim] {
        let structures = try db.query(
            """
            SELECT pages.id, name, annotations FROM claims JOIN pages ON pages.id = resource_id
            WHERE resource_type = ? ORDER BY pages.id
            """, [ClaimedResource.Kind.structure.rawValue]
        ) { row in
            let id: ID<StatusPage> = try row.id(0)
            return StoredClaim(
                resource: .structure(of: id), claim: try row.claim(2),
                subject: AuditSubject(.page, id, try row.value(1)), page: id)
        }
        let components = try db.query(
            """
            SELECT components.id, name, annotations FROM claims JOIN components ON components.id = resource_id
            WHERE resource_type = ? ORDER BY components.id
            """, [ClaimedResource.Kind.component.rawValue]
        ) { row in
            let id: ID<Component> = try row.id(0)
            return StoredClaim(
                resource: .component(id), claim: try row.claim(2),
                subject: AuditSubject(.component, id, try row.value(1)), page: nil)
        }
        return structures + components
    }
}

extension WriteTransaction {
    /// Replaces the claim on a resource.
    public func save(_ claim: Claim, on resource: ClaimedResource) throws {
        try db.save(claim, on: resource)
        if resource.kind == .structure { changes.notePages() }
    }
}

extension Database {
    func save(_ claim: Claim, on resource: ClaimedResource) throws {
        guard claim != .none else {
            return try run(
                "DELETE FROM claims WHERE resource_type = ? AND resource_id = ?", [resource.kind.rawValue, resource.id])
        }
        try run(
            """
            INSERT INTO claims (resource_type, resource_id, annotations) VALUES (?, ?, ?)
            ON CONFLICT (resource_type, resource_id) DO UPDATE SET annotations = excluded.annotations
            """,
            [
                resource.kind.rawValue, resource.id,
                String(decoding: try JSONEncoder().encode(claim.annotations), as: UTF8.self),
            ])
    }
}

extension Row {
    /// - Parameter index: the column `annotations`, which is null if the resource is not claimed.
    func claim(_ index: Int) throws -> Claim {
        guard let text: String = try optional(index) else { return .none }
        do {
            return Claim(annotations: try JSONDecoder().decode([String: String].self, from: Data(text.utf8)))
        } catch {
            throw StorageError.inconsistent(reason: "\(text.debugDescription) is not an object with texts")
        }
    }
}
