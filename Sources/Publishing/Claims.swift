public import StatusPages
public import Storage

/// The use case of claims, by which tools such as Terraform mark what they manage. A claim restrains only people who
/// use the dashboard.
extension Publishing {
    /// Replaces the claim on a resource.
    /// - Throws: `NotFound`, `PageRefusal`, or an error of the database.
    public func claim(
        _ type: ClaimType, _ resourceID: String, with claim: Claim, in transaction: WriteTransaction
    ) throws {
        switch type {
        case .structure:
            guard let id = ID<StatusPage>(resourceID), let page = try transaction.reading.page(id), page.isServed else {
                throw NotFound("status page structure")
            }
            guard page.management.origin == .dashboard else { throw PageRefusal.managedByConfiguration }
            try transaction.save(claim, on: .structure(of: id))
            try audit(claim, AuditSubject(.page, id, page.name), page: id, in: transaction)
        case .component:
            guard let id = ID<Component>(resourceID), let component = try transaction.reading.component(id) else {
                throw NotFound("component")
            }
            guard component.management.origin == .dashboard else { throw PageRefusal.managedByConfiguration }
            try transaction.save(claim, on: .component(id))
            try audit(claim, AuditSubject(.component, id, component.component.name), page: nil, in: transaction)
        case .apiKey:
            guard let id = ID<APIKey>(resourceID), let key = try transaction.reading.apiKey(id) else {
                throw NotFound("API key")
            }
            try transaction.save(claim, on: .apiKey(id))
            try audit(claim, AuditSubject(.apiKey, id, key.name), page: nil, in: transaction)
        default: throw NotFound("resource")
        }
    }

    private func audit(
        _ claim: Claim, _ subject: AuditSubject, page: ID<StatusPage>?, in transaction: WriteTransaction
    ) throws {
        try audit(claim.annotations.isEmpty ? .handedBack : .claimed, subject, page: page, in: transaction)
    }
}
