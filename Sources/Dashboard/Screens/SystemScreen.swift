import Accounts
import BuildInfo
import HTTPServer
import HTTPTypes
import Markup
import StatusPages
import Storage

/// "System": the state of the server, a test email, and the command that makes a backup.
enum SystemScreen {
    static let path = "\(DashboardPlace.root)/system"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user(as: .apiKeysManage) { show($0) })
        router.add(.post, "\(path)/test-mail", .user(as: .apiKeysManage, sendTestMail))
    }

    /// - Parameter fault: why the last form failed.
    private static func show(_ visit: Visit, _ fault: FieldFault? = nil) -> Outcome {
        .later { goOn in
            visit.context.operations.report { report in
                goOn {
                    let (status, pending) = try visit.context.store.read {
                        (try $0.deliveryStatus(), try $0.pendingDeliveries())
                    }
                    let waiting = pending.values.map(\.number).reduce(0, +)
                    return .respond(view(visit, report, status, waiting: waiting, fault))
                }
            }
        }
    }

    private static func sendTestMail(_ visit: Visit) -> Outcome {
        guard let address = EmailAddress(visit.user.email) else {
            return show(visit, FieldFault("", "\(visit.user.email) cannot get emails. \(EmailAddress.rule)"))
        }
        return .later { goOn in
            visit.context.operations.sendTestMail(address) { problem in
                goOn {
                    guard let problem else { return .redirect(path, .testMailSent) }
                    return show(visit, FieldFault("", problem))
                }
            }
        }
    }

    // MARK: The view

    private static func view(
        _ visit: Visit, _ report: SystemReport, _ status: DeliveryStatus, waiting: Int, _ fault: FieldFault?
    ) -> Response {
        let fields = Fields(faults: fault.map { [$0] } ?? [])
        return ScreenPage(visit: visit, title: "System", section: "/system") { html in
            html += """
                \(fields.summary)\(warnings(report, status))\
                <section><h2>Server</h2>
                \(server(report))</section>
                <section><h2>Database</h2>
                \(database(report))\
                \(CopyField.html("backup", "Backup command", report.backupCommand, hint: "Copies the database while the server runs."))\
                </section>
                <section><h2>Email and subscribers</h2>
                \(sending(report, status, waiting: waiting))\
                \(testMail(report, visit))</section>

                """
        }.response(fault == nil ? .ok : .unprocessableContent)
    }

    private static func warnings(_ report: SystemReport, _ status: DeliveryStatus) -> HTML {
        let problems =
            report.problems
            + (status.relay == .failing ? ["The mail relay cannot be used. See the last error below."] : [])
        guard !problems.isEmpty else { return "" }
        return """
            <div class="warning" role="alert"><p>Something is wrong:</p>
            <ul>\(problems.map { "<li>\($0)</li>" as HTML })</ul></div>

            """
    }

    private static func server(_ report: SystemReport) -> HTML {
        Facts.list([
            ("Version", "\(BuildInfo.version)"),
            ("Commit", BuildInfo.commit.map { "<code>\($0)</code>" } ?? "Unknown"),
            ("Role", report.standbyAge == nil ? "Active" : "Standby: it serves a copy and refuses changes"),
            ("Age of the copy", report.standbyAge.map { "\(seconds($0))" }),
            ("Replication", report.replicationLag.map(replication) ?? "Off"),
            ("Waiting writes", "\(report.waitingWrites)"),
        ])
    }

    /// - Parameter lag: in seconds.
    private static func replication(_ lag: Int) -> HTML {
        lag == 0 ? "On, up to date" : "On, behind by \(seconds(lag))"
    }

    private static func database(_ report: SystemReport) -> HTML {
        Facts.list([
            ("File", "<code>\(report.database)</code>"), ("Size", "\(size(report.databaseBytes))"),
            ("Size of the WAL", "\(size(report.walBytes))"),
        ])
    }

    private static func sending(_ report: SystemReport, _ status: DeliveryStatus, waiting: Int) -> HTML {
        Facts.list([
            ("Relay", report.relay.map { "<code>\($0)</code>" } ?? "Mail is not configured"),
            ("Last error", status.relay == .failing ? status.relayError.map { "\($0)" } : nil),
            ("Sending of updates", status.isPaused ? "Paused" : "On"),
            ("Updates in preparation", "\(status.pendingNotifications)"), ("Waiting messages", "\(waiting)"),
        ])
    }

    private static func testMail(_ report: SystemReport, _ visit: Visit) -> HTML {
        guard report.relay != nil else {
            return "<p class=\"note\">To notify subscribers by email, add mail to the configuration.</p>\n"
        }
        return """
            <div class="actions">\(ActionForm.html(visit, "\(path)/test-mail", "Send test email"))</div>
            <p class="note">The test email goes to \(visit.user.email).</p>

            """
    }

    private static func seconds(_ count: Int) -> String { count == 1 ? "1 second" : "\(count) seconds" }

    /// A number of bytes in the unit that fits.
    static func size(_ bytes: Int) -> String {
        var (value, unit) = (Double(bytes), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1_024, unit < units.count - 1 { (value, unit) = (value / 1_024, unit + 1) }
        let tenths = Int((value * 10).rounded())
        return unit == 0 || tenths >= 1_000
            ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
