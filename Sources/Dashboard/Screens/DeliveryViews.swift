import HTTPServer
import HTTPTypes
import Markup
import StatusPages

/// How deliveries look.
enum DeliveryViews {
    /// - Parameters:
    ///   - hasFailed: whether the page has a delivery that failed.
    ///   - older: the delivery after which the next part of the list begins.
    static func list(
        _ visit: Visit, _ page: StatusPage, _ list: DeliveryList, _ status: DeliveryStatus, hasFailed: Bool,
        older: ID<Delivery>?
    ) -> Response {
        ScreenPage(
            visit: visit, title: "Deliveries", page: page, tab: .subscribers,
            crumbs: [(title: "Subscribers", path: page.subscribersPath)]
        ) { html in
            let fields = Fields(visit.query)
            let query = visit.query.with(["done": nil])
            let here = query.fields.isEmpty ? page.deliveriesPath : "\(page.deliveriesPath)?\(query.encoded)"
            html += """
                \(sending(status, page, visit))\
                <section><h2>Messages</h2>
                <form class="filter" method="get" action="\(page.deliveriesPath)">
                \(fields.hidden("subscriber"))\
                \(fields.select("status", "State", states))\
                \(fields.select("channel", "Channel", [.init("", "All")] + SubscriberViews.channels))\
                <p class="actions"><button>Filter</button></p>
                </form>
                \(table(of: list, on: page, visit, returningTo: here))\
                <div class="actions">
                """
            if let older {
                let address = "\(page.deliveriesPath)?\(query.with(["after": "\(older)"]).encoded)"
                html += "<a class=\"button\" href=\"\(address)\">Older</a>\n"
            }
            if hasFailed {
                html += ActionForm.html(
                    visit, "\(page.deliveriesPath)/retry", "Retry all that failed in the last 24 hours")
            }
            html += "</div></section>\n"
        }.response()
    }

    /// Whether updates are sent, and the relay works.
    private static func sending(_ status: DeliveryStatus, _ page: StatusPage, _ visit: Visit) -> HTML {
        let relay: HTML =
            switch status.relay {
            case .ok: "Works"
            case .failing: "Cannot be used: \(status.relayError ?? "")"
            case .off: "Mail is not configured"
            }
        var html = Facts.list([
            ("Sending of updates", status.isPaused ? "Paused on all pages" : "On"), ("Relay", relay),
            ("In preparation", "\(status.pendingNotifications)"),
        ])
        if visit.may(.apiKeysManage) {
            let form =
                status.isPaused
                ? ActionForm.html(visit, "\(page.deliveriesPath)/resume", "Resume sending")
                : ActionForm.html(visit, "\(page.deliveriesPath)/pause", "Pause sending")
            html += """
                <div class="actions">\(form)</div>
                <p class="note">This applies to all pages. Confirmations, manage links and tests are always sent.</p>

                """
        }
        return html
    }

    /// - Parameter path: the path of the screen with the table.
    static func table(of list: DeliveryList, on page: StatusPage, _ visit: Visit, returningTo path: String) -> HTML {
        guard !list.deliveries.isEmpty else { return "<p class=\"empty\">No deliveries</p>\n" }
        let rows = list.deliveries.map { row(of: $0, list, on: page, visit, returningTo: path) }
        return """
            <div class="table"><table class="stack">
            <thead><tr><th scope="col">Message</th><th scope="col" class="roomy">To</th><th scope="col">State</th>\
            <th scope="col">Attempts</th><th scope="col">Last answer</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table></div>

            """
    }

    private static func row(
        of delivery: Delivery, _ list: DeliveryList, on page: StatusPage, _ visit: Visit, returningTo path: String
    ) -> HTML {
        let subscriber = list.subscribers[delivery.subscriberID]
        let time = delivery.lastAttemptAt ?? delivery.createdAt
        let retry: HTML =
            delivery.state == .failed
            ? ActionForm.html(
                visit, "\(page.deliveriesPath)/\(delivery.id.description)/retry", "Retry",
                fields: "<input type=\"hidden\" name=\"next\" value=\"\(path)\">",
                attributes: " aria-describedby=\"to-\(delivery.id.description)\"") : ""
        return """
            <tr><td data-label="Message">\(message(of: delivery, list))</td>\
            <td data-label="To"><a class="target" id="to-\(delivery.id.description)" href="\(page.path(of: delivery.subscriberID))">\
            \(subscriber?.shownAddress ?? "(erased)")</a></td>\
            <td data-label="State">\(state(of: delivery)) <span class="note">\(visit.zone.time(time))</span></td>\
            <td data-label="Attempts">\(delivery.attempts)</td>\
            <td data-label="Last answer">\(delivery.lastResponse.map { "\($0.described)" } ?? "None")\(retry)</td></tr>

            """
    }

    private static func message(of delivery: Delivery, _ list: DeliveryList) -> HTML {
        guard let update = delivery.notificationID.flatMap({ list.announcements[$0] }) else {
            return switch delivery.kind {
            case .update: "Update"
            case .confirmation: "Confirmation"
            case .manage: "Manage link"
            case .test: "Test"
            }
        }
        return "<span dir=\"auto\">\(update.eventName)</span> <span class=\"note\">\(update.statusInWords)</span>"
    }

    private static func state(of delivery: Delivery) -> HTML {
        let mark =
            switch delivery.state {
            case .pending: "under_maintenance"
            case .sent: "operational"
            case .failed: "full_outage"
            case .superseded, .cancelled: "no_data"
            }
        return "<span data-status=\"\(mark)\">\(EventViews.status(delivery.state.title))</span>"
    }

    private static let states =
        [Fields.Option("", "All")] + Delivery.State.allCases.map { Fields.Option($0.rawValue, $0.title) }
}

extension Delivery.State {
    /// The name for people.
    fileprivate var title: String {
        switch self {
        case .pending: "Waiting"
        case .sent: "Sent"
        case .failed: "Failed"
        case .superseded: "In a later message"
        case .cancelled: "Cancelled"
        }
    }
}
