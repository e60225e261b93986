import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Components of the organisation. Components that the configuration declares are read-only here.
struct ComponentRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_components"
        let one = "\(list)/{id}"
        router.add(.get, list, Endpoint(.statusPageViewer, self.list, as: .listComponents))
        router.add(.post, list, Endpoint(.manageSettings, create, as: .createComponent))
        router.add(.get, one, Endpoint(.statusPageViewer, show, as: .showComponent))
        router.add(.put, one, Endpoint(.manageSettings, update, as: .updateComponent))
        router.add(.delete, one, Endpoint(.manageSettings, archive, as: .archiveComponent))
    }

    private func list(_ call: Call) throws -> Outcome {
        let components = try context.store.read { try $0.components() }
        return .done(try JSONResponse.make(.ok, ["status_page_components": components.map(ComponentBody.init)]))
    }

    private func show(_ call: Call) throws -> Outcome {
        let id: ID<Component> = try call.id(of: "component")
        return .done(try Self.response(.ok, try context.store.read { try Self.component(id, in: $0) }))
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let draft = ComponentDraft(reader)
        let component = try Validation.decide(reader.faults.all) { () throws(Faults) in
            try draft.component(id: ID(context.newID()))
        }
        return .write { transaction in
            try transaction.insert(component, at: context.now())
            return try Self.response(.created, ManagedComponent(component: component, origin: .dashboard))
        }
    }

    private func update(_ call: Call) throws -> Outcome {
        let id: ID<Component> = try call.id(of: "component")
        try context.store.read { _ = try Self.changeable(id, in: $0) }
        let reader = try call.readBody()
        let draft = ComponentDraft(reader)
        let component = try Validation.decide(reader.faults.all) { () throws(Faults) in try draft.component(id: id) }
        return .write { transaction in
            var managed = try Self.changeable(id, in: transaction.reading)
            managed.component = component
            try transaction.save(managed.component)
            return try Self.response(.ok, managed)
        }
    }

    private func archive(_ call: Call) throws -> Outcome {
        let id: ID<Component> = try call.id(of: "component")
        return .write { transaction in
            _ = try Self.changeable(id, in: transaction.reading)
            if let fault = ComponentUse.fault(of: try transaction.reading.uses(of: id)) {
                throw Validation.refusal(JSONReader.Faults(), [fault])
            }
            try transaction.archiveComponent(id, at: context.now())
            return Response(.noContent)
        }
    }

    private static func component(_ id: ID<Component>, in transaction: ReadTransaction) throws -> ManagedComponent {
        guard let component = try transaction.component(id) else { throw APIError.notFound("component") }
        return component
    }

    /// A component that the API may change.
    private static func changeable(_ id: ID<Component>, in transaction: ReadTransaction) throws -> ManagedComponent {
        let component = try component(id, in: transaction)
        guard component.origin == .dashboard else { throw APIError.managedByConfiguration }
        return component
    }

    private static func response(_ status: HTTPResponse.Status, _ component: ManagedComponent) throws -> Response {
        try JSONResponse.make(status, ["status_page_component": ComponentBody(component)])
    }
}

extension ComponentDraft {
    fileprivate init(_ reader: JSONReader) {
        self.init(name: reader.string("name"), description: reader.string("description"))
    }
}
