import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
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
        return .done(try Self.response(.ok, try context.store.read { try context.publishing.find(id, in: $0) }))
    }

    private func create(_ call: Call) throws -> Outcome {
        let (draft, read) = try Self.readDraft(call)
        return .write { transaction in
            let component = try Validation.perform(read) {
                try context.publishing.addComponent(draft, in: transaction)
            }
            return try Self.response(.created, component)
        }
    }

    private func update(_ call: Call) throws -> Outcome {
        let id: ID<Component> = try call.id(of: "component")
        _ = try context.store.read { try context.publishing.findChangeable(id, in: $0) }
        let (draft, read) = try Self.readDraft(call)
        return .write { transaction in
            let component = try Validation.perform(read) {
                try context.publishing.change(id, with: draft, in: transaction)
            }
            return try Self.response(.ok, component)
        }
    }

    private func archive(_ call: Call) throws -> Outcome {
        let id: ID<Component> = try call.id(of: "component")
        return .write { transaction in
            try context.publishing.archive(id, in: transaction)
            return Response(.noContent)
        }
    }

    private static func readDraft(_ call: Call) throws(APIError) -> (ComponentDraft, [JSONFault]) {
        let reader = try call.readBody()
        let draft = ComponentDraft(name: reader.string("name"), description: reader.string("description"))
        return (draft, reader.faults.all)
    }

    private static func response(_ status: HTTPResponse.Status, _ component: ManagedComponent) throws -> Response {
        try JSONResponse.make(status, ["status_page_component": ComponentBody(component)])
    }
}
