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
        let (resource, subject, page) = try claimable(type, resourceID, in: transaction.reading)
        let old = try transaction.reading.claim(on: resource)
        if claim == old { return }
        try transaction.save(claim, on: resource)
        try audit(claim, since: old, on: subject, page: page, in: transaction)
    }

    /// Records a change of a claim, if there is one.
    func audit(
        _ claim: Claim, since old: Claim, on subject: AuditSubject, page: ID<StatusPage>?,
        in transaction: WriteTransaction
    ) throws {
        guard claim != old else { return }
        var changes = AuditChanges()
        changes.note("managed_by", old.manager.rawValue, claim.manager.rawValue)
        changes.noteHidden("annotations")
        try audit(claim == .none ? .handedBack : .claimed, subject, page: page, changes, in: transaction)
    }

    /// A resource that may be claimed, with its subject and page for the audit log.
    private func claimable(
        _ type: ClaimType, _ resourceID: String, in transaction: ReadTransaction
    ) throws -> (ClaimedResource, AuditSubject, ID<StatusPage>?) {
        switch type {
        case .structure:
            guard let id = ID<StatusPage>(resourceID), let page = try transaction.page(id), page.isServed else {
                throw NotFound("status page structure")
            }
            guard page.management.origin == .dashboard else { throw PageRefusal.managedByConfiguration }
            return (.structure(of: id), AuditSubject(.page, id, page.name), id)
        case .component:
            guard let id = ID<Component>(resourceID), let component = try transaction.component(id) else {
                throw NotFound("component")
            }
            guard component.management.origin == .dashboard else { throw PageRefusal.managedByConfiguration }
            return (.component(id), AuditSubject(.component, id, component.component.name), nil)
        case .apiKey:
            guard let id = ID<APIKey>(resourceID), let key = try transaction.apiKey(id) else {
                throw NotFound("API key")
            }
            return (.apiKey(id), AuditSubject(.apiKey, id, key.name), nil)
        default: throw NotFound("resource")
        }
    }
}
