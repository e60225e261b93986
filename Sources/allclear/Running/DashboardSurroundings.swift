import Dashboard
import HTTPServer
import PublicPages
import StatusPages

extension Surroundings {
    /// The facts that the dashboard shows about a server with this configuration.
    /// - Parameter listeners: those of the running server. They have the certificates in use.
    init(_ configuration: Configuration, listeners: [Listener], sightings: DomainSightings) {
        let slugs = (configuration.pages ?? []).map(\.slug)
        self.init(
            address: Self.proxyTarget(of: listeners.map(\.address)),
            pointer: { slug in slugs.firstIndex(of: slug).map { "/pages/\($0)" } },
            certificate: { domain in Self.certificate(for: domain, listeners) },
            lastRequest: { sightings.last($0) },
            export: { try PageExport($0).text() })
    }

    private static func certificate(for domain: String, _ listeners: [Listener]) -> Certificate {
        let all = listeners.flatMap(\.certificateEnds)
        guard let found = all.first(where: { $0.domain == domain }) ?? all.first(where: { $0.domain == nil }) else {
            return .none
        }
        return .configured(isOwn: found.domain != nil, end: Timestamp(milliseconds: Int64(found.end) * 1_000))
    }

    /// The address to which a proxy on the same machine connects.
    private static func proxyTarget(of addresses: [SocketAddress]) -> String {
        for address in addresses {
            guard case .tcp(let host, let port) = address.canonical, port != 0 else { continue }
            return "\(host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host):\(port)"
        }
        return "127.0.0.1:8080"
    }
}
