public import StatusPages
public import Storage

/// The use cases of work that is not published yet. The audit log leaves them out.
extension Publishing {
    /// Stores an unfinished form of a user.
    /// - Parameter after: the last update that the form showed.
    /// - Throws: `NotFound`, or an error of the database.
    @discardableResult
    public func saveForm(
        _ fields: [String: [String]], at place: EventForm.Place, after: ULID?, by user: ULID,
        in transaction: WriteTransaction
    ) throws -> EventForm {
        guard try transaction.reading.page(place.page) != nil else { throw NotFound("status page") }
        let form = EventForm(place: place, fields: fields, after: after, updatedAt: now())
        try transaction.save(form, of: user)
        return form
    }

    /// Deletes the unfinished form of a user, if there is one.
    /// - Throws: an error of the database.
    public func discardForm(_ place: EventForm.Place, by user: ULID, in transaction: WriteTransaction) throws {
        try transaction.deleteForm(place, of: user)
    }

    /// Stores an edited structure of a user.
    /// - Throws: an error of the database.
    public func keepStructure(
        _ tree: StructureTree, of page: ID<StatusPage>, basedOn revision: Int, by user: ULID,
        in transaction: WriteTransaction
    ) throws {
        try transaction.save(
            UnsavedStructure(tree: tree, baseRevision: revision, updatedAt: now()), of: page, by: user)
    }

    /// Carries out a form once. If the form is sent again, only returns the path of the first result.
    /// - Parameters:
    ///   - key: the id in the form.
    ///   - make: carries out the form, and returns the path of the result. If it throws, the form can be sent again.
    /// - Throws: `NotFound` if the key is another user's, the errors of `make`, or an error of the database.
    public func once(
        _ key: ULID, by user: ULID, in transaction: WriteTransaction, _ make: () throws -> String
    ) throws -> String {
        if let known = try transaction.reading.submission(of: key) {
            guard known.user == user else { throw NotFound("form") }
            return known.location
        }
        let location = try make()
        try transaction.remember(key, by: user, location: location, at: now())
        return location
    }
}
