import HTTPServer

/// The expiry times of the certificates in use.
enum CertificateMetrics {
    static func write(_ listeners: [Listener], to text: inout MetricsText) {
        let certificates = listeners.flatMap { listener in
            listener.certificateEnds.map { (listener.address.description, $0.domain ?? "", $0.end) }
        }
        if certificates.isEmpty { return }
        let name = "allclear_tls_certificate_not_after_timestamp_seconds"
        text.describe(
            name, "gauge",
            "When a certificate expires, in seconds since the Unix epoch, by listener and domain (empty: all other domains)."
        )
        for (listener, domain, end) in certificates {
            text.sample(name, ["listener": listener, "domain": domain], end)
        }
    }
}
