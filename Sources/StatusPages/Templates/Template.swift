/// A prepared text, with which people begin an incident, a maintenance or an update.
public struct Template: Equatable, Sendable {
    public typealias Kind = Announcement.EventKind

    public let id: ID<Template>
    /// Nil: for every page.
    public var pageID: ID<StatusPage>?
    public var kind: Kind
    /// The name in the list of templates.
    public var name: String
    /// The name of the event. It may be empty, and may have placeholders.
    public var title: String
    /// The raw value of `Incident.Status` or `Maintenance.Status`. Nil: nothing is chosen.
    public var status: String?
    /// The message. It may be empty, and may have placeholders.
    public var message: String
    /// The raw values of statuses. Components that have left the page are ignored.
    public var componentStatuses: [ID<Component>: String]
    /// Whether the box to notify subscribers is ticked. Nil: the form's default.
    public var notifies: Bool?
    /// The length of a maintenance's window.
    public var durationMinutes: Int?
    /// Whether the clock changes the status of a maintenance. Nil: the form's default.
    public var automates: Bool?
    /// The order in the list.
    public var position: Int

    public init(
        id: ID<Template>, pageID: ID<StatusPage>? = nil, kind: Kind, name: String, title: String = "",
        status: String? = nil, message: String = "", componentStatuses: [ID<Component>: String] = [:],
        notifies: Bool? = nil, durationMinutes: Int? = nil, automates: Bool? = nil, position: Int = 0
    ) {
        self.id = id
        self.pageID = pageID
        self.kind = kind
        self.name = name
        self.title = title
        self.status = status
        self.message = message
        self.componentStatuses = componentStatuses
        self.notifies = notifies
        self.durationMinutes = durationMinutes
        self.automates = automates
        self.position = position
    }
}

/// A command to make or change a template. It has not been checked yet.
public struct TemplateDraft: Sendable {
    /// The maximum length of a window: a year.
    public static let longestMinutes = 525_600

    public var kind = Template.Kind.incident
    public var name = ""
    public var title = ""
    /// Empty for none.
    public var status = ""
    public var message = ""
    /// Raw values of statuses, by the ids of components.
    public var componentStatuses: [String: String] = [:]
    public var notifies: Bool?
    public var durationMinutes: Int?
    public var automates: Bool?

    public init() {}

    /// The template that the command describes.
    /// - Parameter page: nil for a template that is for every page.
    /// - Throws: everything that is wrong with the command. The last step of a path is the name of the field.
    public func template(id: ID<Template>, for page: StatusPage?, at position: Int) throws(Faults) -> Template {
        var faults: [Fault] = []
        if let fault = TextRule.name.fault(name, .name) { faults.append(fault) }
        if !TextRule.isBlank(title), let problem = TextRule.name.problem(title) {
            faults.append(Fault(.invalidValue, [.name("title")], problem))
        }
        if let fault = TextRule.message.fault(ofOptional: message, .message) { faults.append(fault) }
        let isIncident = kind == .incident
        let statuses =
            isIncident ? Incident.Status.allCases.map(\.rawValue) : Maintenance.Status.allCases.map(\.rawValue)
        if !status.isEmpty, !statuses.contains(status) {
            faults.append(
                Fault(
                    .invalidValue, [.name("status")], "The status must be one of: \(statuses.joined(separator: ", ")).")
            )
        }
        if let durationMinutes, !(1...Self.longestMinutes).contains(durationMinutes) {
            let rule = "The duration must be a whole number of minutes from 1 to \(Self.longestMinutes)."
            faults.append(Fault(.invalidValue, [.name("duration")], rule))
        }
        let chosen = components(on: page, faults: &faults)
        guard faults.isEmpty else { throw Faults(faults) }
        return Template(
            id: id, pageID: page?.id, kind: kind, name: name, title: title, status: status.isEmpty ? nil : status,
            message: message, componentStatuses: chosen, notifies: notifies,
            durationMinutes: isIncident ? nil : durationMinutes, automates: isIncident ? nil : automates,
            position: position)
    }

    private func components(on page: StatusPage?, faults: inout [Fault]) -> [ID<Component>: String] {
        let allowed =
            kind == .incident
            ? ComponentStatus.allCases.map(\.rawValue) : MaintenanceComponentStatus.allCases.map(\.rawValue)
        let placed = page?.structure.componentIDs ?? []
        var chosen: [ID<Component>: String] = [:]
        for (text, status) in componentStatuses.sorted(by: { $0.key < $1.key }) {
            guard let id = ID<Component>(text), placed.contains(id) else {
                let message =
                    page == nil
                    ? "A template for every page cannot have components." : "The component is not on the page."
                faults.append(Fault(.unknownComponent, [.field(.componentStatuses), .name(text)], message))
                continue
            }
            guard allowed.contains(status) else {
                faults.append(
                    Fault(
                        .invalidValue, [.field(.componentStatuses), .name(text)],
                        "The status must be one of: \(allowed.joined(separator: ", "))."))
                continue
            }
            chosen[id] = status
        }
        return chosen
    }
}
