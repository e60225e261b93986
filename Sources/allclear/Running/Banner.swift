import HTTPServer
import Publishing
import StatusPages

/// The banner for a new user of a running server: its address, its pages, and a first command to try.
struct Banner {
    /// The first address that serves pages and does not only redirect to HTTPS.
    let address: SocketAddress
    var isSecure = false
    let site: Site
    /// The token of the first key, if it was made at this start.
    let firstKey: AccessToken?
    /// The link that creates the first owner; nil if there are users already.
    var setUpLink: String?
    /// The command that makes another key.
    let keyCommand: String

    var text: String {
        var lines = ["", "  Allclear is up at \(place)", ""]
        for page in site.servedPages { lines.append("  Page    \(page.name)  (\(page.slug), id \(page.id))") }
        lines += [firstKey.map { "  Key     \($0.text)  (shown only once)" } ?? keyHint, ""]
        if let setUpLink {
            lines += [
                "  Create the first owner of the dashboard (works once, for one hour):", "", "  \(setUpLink)", "",
            ]
        }
        if let page = site.servedPages.first {
            if let firstKey { lines += ["  Publish an incident:", "", declaration(on: page, firstKey), ""] }
            if page.kind == .public, page.isSiteEnabled {
                lines += ["  Open the page:", "", "  \(localURL)/\(page.slug)", ""]
            }
            lines += ["  Read the widget:", "", "  \(curl) \(localURL)/\(page.slug)/api/v1/summary", ""]
        }
        return lines.joined(separator: "\n")
    }

    /// Tokens are not stored, so a lost token can only be replaced.
    private var keyHint: String { "  Key     existing; create another: \(keyCommand)" }

    /// The server's URL on this machine. The public URL may lead through a proxy.
    private var localURL: String {
        let scheme = isSecure ? "https" : "http"
        guard case .tcp(let host, let port) = address else { return "\(scheme)://localhost" }
        let isAny = ["", "0.0.0.0", "::"].contains(host)
        return "\(scheme)://\(isAny ? SocketAddress(host: "localhost", port: port) : address)"
    }

    private var place: String {
        if case .unix = address { "\(address)" } else { localURL }
    }

    private var curl: String {
        // The certificate is for a public name or self-signed, so curl cannot verify it for localhost.
        let trust = isSecure ? " --insecure" : ""
        if case .unix(let path) = address { return "curl -s --unix-socket \(path)\(trust)" }
        return "curl -s\(trust)"
    }

    private func declaration(on page: StatusPage, _ key: AccessToken) -> String {
        let body =
            #"{"status_page_id":"\#(page.id)","name":"Hello, world","incident_status":"investigating","#
            + #""message":"Our first incident.","idempotency_key":"hello-1","notify_subscribers":false}"#
        return "  \(curl) \(localURL)/v2/status_page_incidents -H 'Authorization: Bearer \(key.text)' -d '\(body)'"
    }
}
