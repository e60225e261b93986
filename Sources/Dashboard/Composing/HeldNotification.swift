import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Do not send": for a moment after an update was published, users can stop its notification.
struct HeldNotification<Event: ComposedEvent> {
    let visit: Visit
    let page: StatusPage
    let reading: EventReading<Event>

    /// Nothing if no notification waits, or if nobody would get it.
    var html: HTML {
        "\(reading.held.filter { $0.recipients > 0 }.map { item($0.notification, for: $0.recipients) })"
    }

    private func item(_ notification: UpdateNotification, for count: Int) -> HTML {
        let left = ((notification.heldUntil?.milliseconds ?? 0) - visit.now.milliseconds + 999) / 1_000
        let button: HTML =
            visit.may(.statusPagePublisher)
            ? """
            <form method="post" action="\(reading.event.path(on: page))/stop">\(visit.csrfField)\
            <input type="hidden" name="notification" value="\(notification.id.description)"><button>Do not send</button></form>
            """ : ""
        return """
            <div class="notice row" data-held="\(Int(left))">
            <p>\(count == 1 ? "1 subscriber" : "\(count) subscribers") will be notified in <span data-seconds>\(Int(left))</span> s</p>
            \(button)</div>

            """
    }

    static func stop(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .statusPagePublisher, recover: EventScreens<Event>.showing(visit)) { transaction, _ in
            let event = try Event.find(visit.parameters[1], on: page, in: transaction.reading)
            guard let id = visit.form["notification"].flatMap(ID<UpdateNotification>.init),
                try transaction.reading.notification(id)?.announcement.eventID == event.id.ulid
            else { throw NotFound("notification") }
            try visit.context.publishing.stopNotification(id, in: transaction)
            return .redirect(event.path(on: page), .stopped)
        }
    }
}
