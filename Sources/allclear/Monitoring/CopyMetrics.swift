import PublicPages

/// The metrics of copies outside the server: the mirror, and purges of caches.
extension PageMirror.Counts {
    func write(to text: inout MetricsText) {
        text.add(
            "allclear_mirror_documents_total", .counter,
            "Documents in the mirror whose files this process replaced or removed, by outcome.", by: "outcome",
            ["written": written, "removed": removed])
        text.add(
            "allclear_mirror_failures_total", .counter, "Failed attempts of this process to write the mirror.",
            failed)
        text.add(
            "allclear_mirror_pending", .gauge, "Pages whose files in the mirror are not up to date.", pending)
    }
}

extension Purger {
    func write(to text: inout MetricsText) {
        let counts = counts
        text.add(
            "allclear_purges_total", .counter, "Requests of this process to purge caches, by outcome.", by: "outcome",
            ["accepted": counts.accepted, "absent": counts.absent, "failed": counts.failed])
        text.add("allclear_purges_pending", .gauge, "Purge requests that wait to be sent.", pending)
    }
}
