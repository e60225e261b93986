import HTTPServer
import Publishing
import StatusPages

/// The values of a form about an event, as commands for the domain.
struct EventInput<Event: ComposedEvent>: Sendable {
    let form: URLEncodedForm
    /// The texts with the values of placeholders, if the form began with a template.
    private let filling: TemplateFilling

    /// - Parameter event: nil for a new one.
    init(_ form: URLEncodedForm, on page: StatusPage, event: Event?, at now: Timestamp) {
        self.form = form
        filling = TemplateFilling(form, Self.values(form, page, event, now))
    }

    var name: String { filling.name }
    var message: String { filling.message }
    /// Nil: unchanged, or unreadable.
    var status: Event.Status? { form["status"].flatMap(Event.Status.init) }
    var notifies: Bool { form["notify"] != nil }

    /// The faults that the domain cannot find.
    var faults: [FieldFault] { Event.ownFaults(of: form) + filling.faults }

    /// Nil if no component is chosen, or if the status makes all of them operational.
    var componentStatuses: [StatusDraft<Event.ComponentStatus>]? {
        guard status != .closing else { return nil }
        let drafts = ComponentFields.chosen(in: form).map { component, status in
            StatusDraft(componentID: component, status: Event.ComponentStatus(rawValue: status))
        }
        return drafts.isEmpty ? nil : drafts
    }

    var publication: Publication<Event.Status, Event.ComponentStatus> {
        Publication(
            message: message, status: status, componentStatuses: componentStatuses, notifiesSubscribers: notifies)
    }

    private static func values(
        _ form: URLEncodedForm, _ page: StatusPage, _ event: Event?, _ now: Timestamp
    ) -> TemplateValues {
        let zone = WindowFields.zone(form) ?? Zone(page.timeZone) ?? .utc
        func moment(_ time: Timestamp) -> String { "\(zone.text(time)) \(zone.name)" }
        var chosen = Set(
            ComponentFields.chosen(in: form).filter { $0.status != ShownStatus.operational.rawValue }.map(\.component)
                + form.all("component"))
        if chosen.isEmpty, let event { chosen = Set(event.affected.keys.map(\.description)) }
        let names = page.structure.placements.filter { chosen.contains($0.component.id.description) }
        var values = TemplateValues(
            page: page.name, components: TemplateValues.list(names.map(\.component.name)), time: moment(now))
        var window = WindowFields.window(form)
        if case .maintenance(let maintenance) = event?.pageEvent {
            window = MaintenanceWindowDraft(startAt: maintenance.window.startAt, endAt: maintenance.window.endAt)
        }
        if let start = window.startAt, let end = window.endAt {
            values.start = moment(start)
            values.end = moment(end)
            values.duration = TemplateValues.words(minutes: Int((end.milliseconds - start.milliseconds) / 60_000))
        }
        return values
    }
}

extension FieldFault {
    /// A fault of a command, at the form's field for it.
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
