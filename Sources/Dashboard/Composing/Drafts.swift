import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// Unfinished forms. Scripts save them while people type. Without scripts, a button does.
enum Drafts {
    static let path = "\(PageScreen.path)/drafts"

    static func add(to router: inout Router<Screen>) {
        router.add(
            .post, path,
            .user(as: .statusPagePublisher, keepText: { try save($0, at: try place($0)) }) { visit in
                let place = try place(visit)
                return visit.form["discard"] == nil ? try save(visit, at: place) : try discard(visit, at: place)
            })
    }

    /// The place of a form's draft, from the fields of the form.
    private static func place(_ visit: Visit) throws -> EventForm.Place {
        guard let kind = visit.form["kind"].flatMap(Announcement.EventKind.init) else { throw NotFound("draft") }
        return EventForm.Place(page: try visit.page().id, kind: kind, event: visit.form["event"].flatMap { ULID($0) })
    }

    /// Stores a form, and goes back to it.
    static func save(_ visit: Visit, at place: EventForm.Place) throws -> Outcome {
        let form = visit.form
        let fields = Dictionary(grouping: form.fields.filter { !leftOut.contains($0.name) && !$0.value.isEmpty }) {
            $0.name
        }
        let target = try screen(visit, of: place)
        return visit.write(as: .statusPagePublisher) { transaction, user in
            try visit.context.publishing.saveForm(
                fields.mapValues { $0.map(\.value) }, at: place, after: form["after"].flatMap { ULID($0) },
                by: user.id.ulid, in: transaction)
            // A script needs no screen.
            if form["auto"] != nil { return .respond(Response(.noContent)) }
            return .redirect(target, .draftSaved)
        }
    }

    private static func discard(_ visit: Visit, at place: EventForm.Place) throws -> Outcome {
        let target = try screen(visit, of: place)
        return visit.write(as: .statusPagePublisher) { transaction, user in
            try visit.context.publishing.discardForm(place, by: user.id.ulid, in: transaction)
            return .redirect(target, .discarded)
        }
    }

    /// Fields that belong to one form only, or to a button.
    private static let leftOut: Set<String> = ["csrf", "key", "kind", "event", "auto", "use", "discard"]

    private static func screen(_ visit: Visit, of place: EventForm.Place) throws -> String {
        let list =
            switch place.kind {
            case .incident: Incident.listPath(on: try visit.page())
            case .maintenance: Maintenance.listPath(on: try visit.page())
            }
        return "\(list)/\(place.event?.description ?? "new")"
    }

    /// "Draft from 2 minutes ago", with the button to discard it.
    static func notice(of draft: EventForm, on page: StatusPage, at now: Timestamp) -> HTML {
        """
        <div class="notice row"><p>Draft from \(Length.ago(draft.updatedAt, at: now))</p>
        <button name="discard" value="1" formaction="\(page.dashboardPath)/drafts" formnovalidate>Discard draft</button>
        </div>

        """
    }
}

extension ComposedEvent {
    /// The place of drafts of a new event, or of an update.
    static func draftPlace(on page: StatusPage, of event: ULID?) -> EventForm.Place {
        EventForm.Place(page: page.id, kind: kind, event: event)
    }
}

extension EventForm {
    /// The draft as a form.
    var form: URLEncodedForm {
        URLEncodedForm(
            fields.sorted { $0.key < $1.key }.flatMap { name, values in
                values.map { URLEncodedForm.Field(name, $0) }
            })
    }
}
