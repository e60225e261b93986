public import StatusPages

/// The parts of the API that commands print.
extension ManagementAPI {
    /// The JSON of an incident, as the API shows it.
    public static func body(of incident: Incident) throws -> [UInt8] { try JSONResponse.encode(EventBody(incident)) }

    /// The JSON of a maintenance, as the API shows it.
    public static func body(of maintenance: Maintenance) throws -> [UInt8] {
        try JSONResponse.encode(EventBody(maintenance))
    }

    /// The JSON of a subscriber, as the API shows it.
    public static func body(of subscriber: Subscriber) throws -> [UInt8] {
        try JSONResponse.encode(SubscriberBody(subscriber: subscriber))
    }

    /// The JSON of a delivery, as the API shows it.
    /// - Parameters:
    ///   - announcement: the update that is delivered; nil for other messages.
    ///   - sender: the sender of the page's emails.
    public static func body(
        of delivery: Delivery, announcement: Announcement?, sender: Mailbox?
    ) throws -> [UInt8] {
        try JSONResponse.encode(DeliveryBody(delivery, announcement: announcement, sender: sender))
    }

    /// The JSON of an event of the audit log, as the API shows it.
    public static func body(of event: AuditEvent) throws -> [UInt8] {
        try JSONResponse.encode(AuditEventBody(event: event))
    }
}
