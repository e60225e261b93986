import HTTPServer
import Publishing
import StatusPages

/// The values of a form about an event, as commands for the domain.
struct EventInput<Event: ComposedEvent>: Sendable {
    let form: URLEncodedForm

    var name: String { form.trimmed("name") }
    /// With single line ends, because browsers send CR LF.
    var message: String { (form["message"] ?? "").replacing("\r\n", with: "\n") }
    /// Nil: unchanged, or unreadable.
    var status: Event.Status? { form["status"].flatMap(Event.Status.init) }
    var notifies: Bool { form["notify"] != nil }
    /// The key by which a form that is sent twice is recognized.
    var key: String? { form["key"].flatMap { ULID($0) }.map(\.description) }

    /// Nil if no component is chosen, or if the status makes all of them operational.
    var componentStatuses: [StatusDraft<Event.ComponentStatus>]? {
        guard status != .closing else { return nil }
        let drafts = form.fields.compactMap { field -> StatusDraft<Event.ComponentStatus>? in
            guard field.name.hasPrefix(ComponentFields.prefix), !field.value.isEmpty else { return nil }
            return StatusDraft(
                componentID: String(field.name.dropFirst(ComponentFields.prefix.count)),
                status: Event.ComponentStatus(rawValue: field.value))
        }
        return drafts.isEmpty ? nil : drafts
    }

    var publication: Publication<Event.Status, Event.ComponentStatus> {
        Publication(
            message: message, status: status, componentStatuses: componentStatuses, notifiesSubscribers: notifies)
    }
}

extension FieldFault {
    /// A fault of a command at the field of its form.
    init(_ fault: Fault) {
        guard case .field(let field) = fault.path.first else {
            self.init("", fault.message)
            return
        }
        let name =
            switch field {
            case .name: "name"
            case .message: "message"
            case .incidentStatus, .maintenanceStatus: "status"
            case .notifySubscribers: "notify"
            case .componentStatuses, .affectedComponentIDs: ComponentFields.group
            case .startAt: "starts"
            case .endAt: "ends"
            default: ""
            }
        self.init(name, fault.message)
    }
}
