import Dashboard

extension AccessRecord {
    func write(to text: inout MetricsText) {
        let attempts = "allclear_dashboard_log_ins_total"
        text.describe(attempts, "counter", "Attempts to log in to the dashboard, by outcome.")
        let logIns = logIns
        for outcome in Outcome.allCases { text.sample(attempts, ["outcome": outcome.rawValue], logIns[outcome] ?? 0) }
        let refused = "allclear_dashboard_forms_refused_total"
        text.describe(
            refused, "counter", "Dashboard forms refused as possible cross-site requests, by reason.")
        for (reason, count) in refusedForms.sorted(by: { $0.key < $1.key }) {
            text.sample(refused, ["reason": reason], count)
        }
    }
}
