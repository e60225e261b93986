import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// The structure of a page as a whole.
struct StructureRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let path = "/v2/status_page_structures/{status_page_id}"
        router.add(.get, path, Endpoint(.statusPageViewer, show, as: .showStructure))
        router.add(.put, path, Endpoint(.manageSettings, set, as: .setStructure))
    }

    private func show(_ call: Call) throws -> Outcome {
        .done(try JSONResponse.make(.ok, StructureResult(try context.page(try call.id(of: "status page")))))
    }

    private func set(_ call: Call) throws -> Outcome {
        let page = try context.page(try call.id(of: "status page"))
        try context.publishing.checkStructure(of: page)
        let reader = try call.readBody()
        let draft = StructureDraft(reader)
        let read = reader.faults.all
        return .write { transaction in
            let changed = try Validation.perform(read) {
                try context.publishing.setStructure(draft, of: page.id, in: transaction)
            }
            return try JSONResponse.make(.ok, StructureResult(changed))
        }
    }
}

extension StructureDraft {
    fileprivate init(_ reader: JSONReader) {
        self.init(
            items: reader.objects("items")?.map(Item.init), displayUptimeMode: reader.choice("display_uptime_mode"))
    }
}

extension StructureDraft.Item {
    fileprivate init(_ reader: JSONReader) {
        switch (reader.has("component"), reader.has("group"), reader.has("sub_page")) {
        case (true, false, false): self = .component(StructureDraft.Component(reader.object("component")))
        case (false, true, false): self = .group(StructureDraft.Group(reader.object("group")))
        case (false, false, true): self = .subPage
        default: self = .unclear
        }
    }
}

extension StructureDraft.Component {
    fileprivate init(_ reader: JSONReader?) {
        self.init(
            componentID: reader?.string("component_id"), isHidden: reader?.bool("hidden"),
            displayUptime: reader?.bool("display_uptime"))
    }
}

extension StructureDraft.Group {
    fileprivate init(_ reader: JSONReader?) {
        self.init(
            id: reader?.string("id"), name: reader?.string("name"), description: reader?.string("description"),
            isHidden: reader?.bool("hidden"), displayAggregatedUptime: reader?.bool("display_aggregated_uptime"),
            components: reader?.objects("components")?.map(StructureDraft.Component.init))
    }
}
