import HTTPServer
import HTTPTypes
import Markup
import PublicPages
import Publishing
import StatusPages
import Storage

extension Maintenance: ComposedEvent {
    static let words = EventWords(
        noun: "maintenance", path: "maintenances", list: "Maintenance", isEmpty: "No maintenance yet",
        new: "Schedule maintenance", publish: "Schedule", published: .scheduled, tab: .maintenances)
    static let kind = Announcement.EventKind.maintenance
    static let beginnings: [Status] = []
    static let impacts = [MaintenanceComponentStatus.underMaintenance]

    static func word(for status: Status) -> String { status.word }
    static func word(for status: MaintenanceComponentStatus) -> String {
        switch status {
        case .operational: ShownStatus.operational.word
        case .underMaintenance: ShownStatus.underMaintenance.word
        }
    }

    static func search(
        _ search: EventSearch, of page: ID<StatusPage>, after: ID<Maintenance>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Maintenance] {
        try transaction.maintenances(of: page, matching: search, after: after, limit: limit)
    }

    static func creation(_ input: EventInput<Maintenance>) -> MaintenanceCreation {
        MaintenanceCreation(
            name: input.name, status: .scheduled, message: input.message, idempotencyKey: input.form["key"],
            affectedComponents: input.form.all("component"), window: WindowFields.window(input.form),
            notifiesSubscribers: input.notifies, isAutomated: input.form["automate"] != nil,
            notifiesAutomatically: input.form["notify_automatically"] != nil)
    }

    static func ownFaults(of form: URLEncodedForm) -> [FieldFault] {
        // Updates have no window.
        form["time_zone"] == nil && form["starts"] == nil ? [] : WindowFields.faults(of: form)
    }

    func renaming(to name: String?) -> MaintenanceRevision {
        MaintenanceRevision(
            name: name, window: MaintenanceWindowDraft(startAt: window.startAt, endAt: window.endAt))
    }

    static func ownFields(_ fields: Fields, page: StatusPage) -> HTML {
        """
        \(WindowFields.html(fields))\
        \(fields.box(
            "automate", "Update the status automatically",
            hint: "The maintenance starts and ends at these times by itself."))\
        \(fields.box("notify_automatically", "Notify subscribers when it starts and ends"))
        """
    }

    static func componentFields(_ fields: Fields, page: StatusPage) -> HTML {
        ComponentFields.boxes(fields, page: page)
    }

    static func defaults(_ visit: Visit) -> [(String, String)] {
        [("time_zone", visit.zone.name), ("automate", "on")]
    }

    func details(in zone: Zone) -> HTML {
        let length = Length.text(milliseconds: window.endAt.milliseconds - window.startAt.milliseconds)
        let utc = "\(Zone.utc.text(window.startAt)) to \(Zone.utc.text(window.endAt)) UTC"
        let local: HTML =
            zone == .utc
            ? "" : "<dt>\(zone.name)</dt><dd>\(zone.text(window.startAt)) to \(zone.text(window.endAt))</dd>\n"
        return """
            <dl class="facts">
            \(local)<dt>UTC</dt><dd>\(utc)</dd>
            <dt>Length</dt><dd>\(length)</dd>
            <dt>Status</dt><dd>\(isAutomated ? "Changes automatically" : "Changes only by hand")</dd>
            </dl>

            """
    }

    func ownActions(_ visit: Visit, on page: StatusPage) -> HTML {
        let path = self.path(on: page)
        var html = HTML()
        let act: (String, String)? =
            switch status {
            case .scheduled: ("start", "Start now")
            case .inProgress: ("complete", "Complete now")
            case .complete: nil
            }
        if let (action, label) = act {
            html += """
                <form method="post" action="\(path)/\(action)">\(visit.csrfField)
                <p class="actions"><button>\(label)</button></p>
                <p class="note">\
                \(notifiesAutomatically ? "Subscribers will be notified." : "Nobody will be notified.")</p>
                </form>

                """
        }
        return html
    }

    func ownForms(_ visit: Visit, on page: StatusPage, _ fields: Fields) -> HTML {
        if isOver { return "" }
        return """
            <section><h2>Window</h2>
            <form method="post" action="\(path(on: page))/move">\(visit.csrfField)\(WindowFields.html(fields, in: visit.zone))\
            <p class="actions"><button>Move window</button></p>
            </form></section>

            """
    }

    static func addOwn(to router: inout Router<Screen>) { MaintenanceActions.add(to: &router) }

    var pageEvent: PageEvent { .maintenance(self) }
    var affected: [ID<Component>: MaintenanceComponentStatus] {
        guard status == .inProgress else { return [:] }
        let open = periods.filter(\.isOpen).map(\.componentID)
        return Dictionary(open.map { ($0, .underMaintenance) }) { first, _ in first }
    }
}

/// The fields with the times of a maintenance.
enum WindowFields {
    static func html(_ fields: Fields) -> HTML {
        """
        \(times(fields))\(fields.select("time_zone", "Time zone", Zone.names.map { Fields.Option($0, $0) }))
        """
    }

    /// The fields for another window, in the zone of the user.
    static func html(_ fields: Fields, in zone: Zone) -> HTML {
        """
        <p class="note">Times are in \(zone.name).</p>
        <input type="hidden" name="time_zone" value="\(zone.name)">\(times(fields))
        """
    }

    private static func times(_ fields: Fields) -> HTML {
        let length = length(fields.values).map {
            "If empty: \(TemplateValues.words(minutes: Int($0))) after the start."
        }
        return """
            \(fields.hidden("duration"))<div class="window">\(fields.text("starts", "Starts", type: .dateAndTime))\
            \(fields.text("ends", "Ends", type: .dateAndTime, hint: length, isRequired: length == nil))</div>

            """
    }

    /// The length that a template gives, in minutes. It applies if the end is empty.
    private static func length(_ form: URLEncodedForm) -> Int64? {
        form["duration"].flatMap(Int64.init).flatMap {
            (1...Int64(TemplateDraft.longestMinutes)).contains($0) ? $0 : nil
        }
    }

    static func zone(_ form: URLEncodedForm) -> Zone? { form["time_zone"].flatMap(Zone.init) }

    static func window(_ form: URLEncodedForm) -> MaintenanceWindowDraft {
        func time(_ name: String) -> Timestamp? {
            guard case .time(let time) = zone(form)?.read(form[name] ?? "") else { return nil }
            return time
        }
        let start = time("starts")
        if (form["ends"] ?? "").isEmpty, let start, let length = length(form) {
            return MaintenanceWindowDraft(startAt: start, endAt: start.advanced(byMilliseconds: length * 60_000))
        }
        return MaintenanceWindowDraft(startAt: start, endAt: time("ends"))
    }

    static func faults(of form: URLEncodedForm) -> [FieldFault] {
        guard let zone = zone(form) else {
            return [FieldFault("time_zone", "Choose a time zone, such as Europe/Berlin.")]
        }
        return ["starts", "ends"].compactMap { name in
            switch zone.read(form[name] ?? "") {
            case .time, .missing: nil
            case .malformed: FieldFault(name, "Enter a date and a time, such as 2026-11-30T14:00.")
            case .skipped:
                FieldFault(
                    name,
                    "This time does not exist in \(zone.name): clocks are set forward then. Choose a time an hour later."
                )
            }
        }
    }

    /// The values of the fields for a window.
    static func values(of window: Maintenance.Window, in zone: Zone) -> [(String, String)] {
        [("starts", zone.field(window.startAt)), ("ends", zone.field(window.endAt)), ("time_zone", zone.name)]
    }
}

/// The forms that only maintenances have.
enum MaintenanceActions {
    static func add(to router: inout Router<Screen>) {
        let one = "\(EventScreens<Maintenance>.list)/{id}"
        router.add(
            .post, "\(one)/start",
            .user(as: .statusPagePublisher) { visit in
                try advance(visit, to: .inProgress, from: [.scheduled], message: "The maintenance has begun.")
            })
        router.add(
            .post, "\(one)/complete",
            .user(as: .statusPagePublisher) { visit in
                try advance(
                    visit, to: .complete, from: [.scheduled, .inProgress], message: "The maintenance is complete.")
            })
        router.add(.post, "\(one)/move", .user(as: .statusPagePublisher, move))
    }

    private static func advance(
        _ visit: Visit, to status: Maintenance.Status, from: [Maintenance.Status], message: String
    ) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .statusPagePublisher, recover: EventScreens<Maintenance>.showing(visit)) {
            transaction, _ in
            let event = try Maintenance.find(visit.parameters[1], on: page, in: transaction.reading)
            guard from.contains(event.status) else {
                throw Faults([
                    Fault(.invalidValue, [], "The maintenance is \(event.status.word.lowercased()) already.")
                ])
            }
            let command = MaintenancePublication(
                message: message, status: status, componentStatuses: nil,
                notifiesSubscribers: event.notifiesAutomatically)
            _ = try visit.context.publishing.publish(command, to: event.id, in: transaction)
            return .redirect(event.path(on: page), .published)
        }
    }

    private static func move(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .statusPagePublisher, recover: EventScreens<Maintenance>.showing(visit)) {
            transaction, _ in
            let event = try Maintenance.find(visit.parameters[1], on: page, in: transaction.reading)
            let own = WindowFields.faults(of: visit.form)
            guard own.isEmpty else { throw FormFaults(own) }
            let command = MaintenanceRevision(name: event.name, window: WindowFields.window(visit.form))
            let moved: Published<Maintenance> = try visit.context.publishing.revise(
                event.id, with: command, in: transaction)
            return .redirect(moved.event.path(on: page), .saved)
        }
    }
}
