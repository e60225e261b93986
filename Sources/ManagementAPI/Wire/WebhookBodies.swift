public import StatusPages

/// The parts of the API that webhooks contain.
extension ManagementAPI {
    /// The JSON of an event, as the API shows it.
    public static func body(of event: PageEvent) throws -> [UInt8] {
        switch event {
        case .incident(let incident): try JSONResponse.encode(EventBody(incident))
        case .maintenance(let maintenance): try JSONResponse.encode(EventBody(maintenance))
        }
    }

    /// The JSON of an event's last update, as the API shows it.
    public static func body(ofLastUpdateOf event: PageEvent) throws -> [UInt8] {
        switch event {
        case .incident(let incident):
            try incident.updates.last.map { try JSONResponse.encode(EventUpdateBody<Incident>($0, of: incident.id)) }
                ?? Array("null".utf8)
        case .maintenance(let maintenance):
            try maintenance.updates.last
                .map { try JSONResponse.encode(EventUpdateBody<Maintenance>($0, of: maintenance.id)) }
                ?? Array("null".utf8)
        }
    }
}
