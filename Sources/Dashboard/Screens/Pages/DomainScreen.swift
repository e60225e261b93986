import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Domain": the page's own host name, and what must point to it.
enum DomainScreen {
    private static let path = "\(PageScreen.path)/settings/domain"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(show($0, try $0.page())) })
        router.add(.post, path, .user(as: .manageSettings, save))
    }

    private static func show(
        _ visit: Visit, _ page: StatusPage, _ typed: Fields? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let fields =
            typed
            ?? Fields(
                URLEncodedForm([
                    URLEncodedForm.Field("domain", page.domain ?? ""),
                    URLEncodedForm.Field("domain_scheme", page.domainScheme.rawValue),
                ]))
        let view = SettingsView(visit: visit, page: page, part: .domain, fields: fields)
        let ownURL = "\(visit.context.site.serverURL)/\(page.slug)"
        let form: HTML = """
            \(fields.text(
                "domain", "Domain", hint: "Such as status.example.com. If empty, the page is only at \(ownURL).",
                isRequired: false,
                attributes: " autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\" inputmode=\"url\""))\
            \(fields.radios("domain_scheme", "Readers reach it by", schemes))
            """
        return view.response(status, form, after: page.domain.map { setUp($0, of: page, visit) } ?? "")
    }

    private static let schemes = [
        Fields.Option(StatusPage.DomainScheme.https.rawValue, "https"),
        Fields.Option(StatusPage.DomainScheme.http.rawValue, "http"),
    ]

    private static func save(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let form = visit.form
        var draft = PageSettingsDraft()
        draft.domain = form.trimmed("domain")
        draft.domainScheme = form["domain_scheme"].flatMap(StatusPage.DomainScheme.init)
        return SettingsChange.save(visit, page, to: "\(page.dashboardPath)/settings/domain", draft) { faults in
            show(visit, page, Fields(form, faults: faults), status: .unprocessableContent)
        }
    }

    // MARK: Requirements of the domain

    private static func setUp(_ domain: String, of page: StatusPage, _ visit: Visit) -> HTML {
        let serverURL = visit.context.site.serverURL
        let address = visit.context.surroundings.address
        return """
            <section class="narrow"><h2>Checks</h2>
            \(Facts.list([
                ("Requests", seen(domain, visit)), ("Certificate", certificate(domain, of: page, visit)),
            ]))</section>
            <section><h2>DNS record</h2>
            \(record(domain, serverURL))</section>
            <section><h2>Behind a proxy</h2>
            <p class="note">The proxy must pass <code>Host</code> on, because it decides which page is shown.</p>
            \(CopyField.area("nginx", "nginx configuration", nginx(domain, address), rows: 14))\
            \(CopyField.area("caddy", "Caddy configuration", caddy(domain, address), rows: 4))</section>

            """
    }

    private static func seen(_ domain: String, _ visit: Visit) -> HTML {
        guard let time = visit.context.surroundings.lastRequest(domain) else {
            return """
                No request for this domain has arrived since the server started. If the record is set, open the page \
                and reload this screen.
                """
        }
        return "Last request: \(visit.zone.time(time))."
    }

    private static func certificate(_ domain: String, of page: StatusPage, _ visit: Visit) -> HTML {
        let text: HTML
        switch visit.context.surroundings.certificate(domain) {
        case .none where page.domainScheme == .https:
            text = "This server answers without TLS: the proxy in front of it must have the certificate."
        case .none: text = "None needed: readers use http."
        case .configured(let isOwn, let end):
            let which: HTML = isOwn ? "Its own" : "The server’s standard certificate"
            let until: HTML = end.map { end in ", valid until \(visit.zone.time(end))" } ?? ""
            let advice: HTML = isOwn ? "" : " It must name \(domain), too."
            text = "\(which)\(until).\(advice)"
        }
        return "\(text) Certificates are set in the configuration file."
    }

    /// A CNAME leads to a name, so a server that is only known by an address needs an A or AAAA record.
    private static func record(_ domain: String, _ serverURL: String) -> HTML {
        let authority = String(DashboardPlace.authority(of: serverURL))
        let host = HostName.key(authority)
        let isAddress = host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." }
        let type = host.hasPrefix("[") ? "AAAA" : isAddress ? "A" : "CNAME"
        let value = isAddress ? String(host.filter { $0 != "[" && $0 != "]" }) : "\(host)."
        let note: HTML =
            isAddress
            ? ""
            : """
            <p class="note">The apex of a zone, such as example.com, cannot have a CNAME record: use A and AAAA \
            records with the addresses of \(host).</p>
            """
        return "\(CopyField.html("record", "DNS record", "\(domain). 3600 IN \(type) \(value)"))\(note)"
    }

    private static func nginx(_ domain: String, _ address: String) -> String {
        """
        server {
            listen 443 ssl;
            server_name \(domain);
            ssl_certificate     /etc/ssl/\(domain).pem;
            ssl_certificate_key /etc/ssl/\(domain).key;
            location / {
                proxy_pass http://\(address);
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $host;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
            }
        }
        """
    }

    private static func caddy(_ domain: String, _ address: String) -> String {
        """
        \(domain) {
            reverse_proxy \(address)
        }
        """
    }
}
