import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Import subscribers" from CSV, and their export.
enum SubscriberImportScreen {
    /// An answer is in memory as a whole, so exports have a limit.
    private static let mostExported = 100_000

    static func add(to router: inout Router<Screen>) {
        let path = SubscriberScreens.path
        router.add(
            .get, "\(path)/import", .user(as: .subscribersManage) { .respond(form($0, try $0.servedPage())) })
        router.add(.post, "\(path)/import", .user(as: .subscribersManage, add))
        router.add(.get, "\(path)/export", .user(as: .subscribersManage) { .respond(try export($0)) })
    }

    // MARK: Import

    private static func form(
        _ visit: Visit, _ page: StatusPage, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) -> Response {
        screen(visit, page) { html in
            html += """
                \(fields.summary)<form method="post" action="\(page.subscribersPath)/import" enctype="multipart/form-data">
                \(visit.csrfField)
                <p class="note">The first line names the columns: <code>email</code>, and optionally \
                <code>components</code>. The column <code>components</code> has the keys of components, groups and \
                sub-pages, separated by semicolons. If it is empty, the subscriber gets the updates of the whole page. \
                At most \(SubscriberImport.mostRows) rows at once.</p>
                <div class="field"><label for="file">CSV file</label>
                <input type="file" id="file" name="file" accept=".csv,text/csv"></div>
                \(fields.area("csv", "Or paste CSV", rows: 8, isRequired: false, attributes: " spellcheck=\"false\""))\
                \(fields.box("confirmed", "The owners of the addresses have agreed already", hint: "Otherwise each new address gets an email that asks for a confirmation."))\
                <p class="actions"><button class="main">Import</button></p>
                </form>

                """
        }.response(status)
    }

    private static func add(_ visit: Visit) throws -> Outcome {
        let page = try visit.servedPage()
        let form = visit.form
        let show: @Sendable (String) -> Outcome = { message in
            let fields = Fields(form, faults: [FieldFault("csv", message)])
            return .respond(self.form(visit, page, fields, status: .unprocessableContent))
        }
        let table: SubscriberTable
        do throws(SubscriberTable.Unreadable) {
            table = try SubscriberTable(visit.files["file"] ?? Array(form.lines("csv").utf8))
        } catch {
            return show(message(error))
        }
        guard !table.rows.isEmpty else { return show("The list has no rows.") }
        guard table.rows.count <= SubscriberImport.mostRows else {
            return show(
                """
                The list has \(table.rows.count) rows; at most \(SubscriberImport.mostRows) can be imported at once. \
                Split it, or use allclear subscribers import.
                """)
        }
        let keys = try visit.context.store.read { try $0.itemKeys(of: page.id) }
        let command = SubscriberImport(
            rows: table.rows.map { SubscriberImport.Row(email: $0.email, scope: keys.draft(of: $0.keys)) },
            isConfirmed: form["confirmed"] != nil)
        return visit.write(
            as: .subscribersManage,
            recover: { error in
                guard let conflict = error as? SubscriberConflict else { throw error }
                return show(conflict.explanation)
            },
            { transaction, _ in
                let report = try visit.context.publishing.add(command, to: page, in: transaction)
                return .respond(self.report(report, of: table, keys, visit, page))
            })
    }

    private static func message(_ problem: SubscriberTable.Unreadable) -> String {
        switch problem {
        case .malformed(let error): "Line \(error.line) \(error.rule)."
        case .empty: "Choose a file, or paste the list."
        case .noEmail(let line): "Line \(line) must name the columns, and one of them must be email."
        case .repeated(let name, let line): "Line \(line) has more than one column \(name)."
        }
    }

    /// The answer to an import is its report. A repeated import changes nothing more.
    private static func report(
        _ report: SubscriberImport.Report, of table: SubscriberTable, _ keys: ItemKeys, _ visit: Visit,
        _ page: StatusPage
    ) -> Response {
        screen(visit, page) { html in
            html += """
                <p class="notice" role="status">Imported \(report.imported), updated \(report.updated), \
                skipped \(report.skipped.count).</p>

                """
            if report.unasked > 0 {
                html += """
                    <p>\(report.unasked) of the imported addresses got no email: each has reached the limit of \
                    emails in 24 hours (subscribers.mails_per_address).</p>

                    """
            }
            if !report.skipped.isEmpty {
                let rows = report.skipped.map { skipped -> HTML in
                    let row = table.rows[skipped.index]
                    return """
                        <tr><td data-label="Line">\(row.line)</td><td data-label="Email">\(row.email ?? "")</td>\
                        <td data-label="Reason">\(reason(skipped.code, row, keys))</td></tr>

                        """
                }
                html += """
                    <div class="table"><table class="stack">
                    <thead><tr><th scope="col">Line</th><th scope="col">Email</th><th scope="col">Reason</th></tr></thead>
                    <tbody>\(rows)</tbody>
                    </table></div>

                    """
            }
            html += "<p class=\"actions\"><a class=\"button\" href=\"\(page.subscribersPath)\">Done</a></p>\n"
        }.response()
    }

    private static func reason(
        _ problem: SubscriberImport.Problem, _ row: SubscriberTable.Row, _ keys: ItemKeys
    ) -> String {
        switch problem {
        case .invalidFormat:
            row.email == nil ? "The number of fields differs from the header's." : "This is not an email address."
        case .duplicate: "An earlier row has the same address."
        case .unknownComponent:
            "The page does not have these keys: \(keys.unknown(in: row.keys).joined(separator: ", "))."
        case .unsubscribed: "The owner of the address has unsubscribed."
        case .quarantined: "Emails to the address do not arrive. Reactivate the subscriber first."
        }
    }

    private static func screen(
        _ visit: Visit, _ page: StatusPage, _ content: @escaping (inout HTML) -> Void
    ) -> ScreenPage {
        ScreenPage(
            visit: visit, title: "Import subscribers", page: page, tab: .subscribers,
            crumbs: [(title: "Subscribers", path: page.subscribersPath)], content: content)
    }

    // MARK: Export

    /// The active subscribers by email. Those who chose only archived components are left out: without components, an
    /// import would give them the whole page.
    private static func export(_ visit: Visit) throws -> Response {
        let page = try visit.servedPage()
        let keys = try visit.context.store.read { try $0.itemKeys(of: page.id) }
        var body = Array("\(CSV.line(SubscriberTable.columns))\r\n".utf8)
        var last: ID<Subscriber>?
        var count = 0
        while count < mostExported {
            // Short transactions, so that the WAL of a busy server stays short.
            let found = try visit.context.store.read { [last] transaction in
                try transaction.subscribers(of: page.id, state: .active, channel: .email, after: last, limit: 500)
            }
            guard let found else { throw ListChanged() }
            for subscriber in found {
                guard let keys = keys.keys(of: subscriber.scope) else { continue }
                body += "\(SubscriberTable.line(subscriber.address, keys))\r\n".utf8
            }
            guard found.count == 500 else {
                return .file("subscribers-\(page.slug).csv", type: "text/csv; charset=utf-8", body)
            }
            count += found.count
            last = found.last?.id
        }
        return SubscriberViews.tooMany(visit, page, most: mostExported)
    }

    /// The last subscriber that was read was erased, so the place in the list is lost.
    private struct ListChanged: Error {}
}
