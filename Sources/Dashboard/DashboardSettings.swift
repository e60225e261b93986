public import Accounts
import HTTPServer

/// The configured settings of the dashboard.
public struct DashboardSettings: Equatable, Sendable {
    public var isEnabled = true
    /// The only host name under which it is served. Nil: that of `public_url`.
    public var host: String?
    /// Whether people may log in without TLS from other machines.
    public var allowsHTTP = false
    /// Whether users without a second factor must set one up when they log in.
    public var requiresTwoFactor = false
    public var sessions = SessionRules()

    public init() {}
}

/// The address at which the dashboard is served.
struct DashboardPlace: Sendable {
    /// The path of every screen begins with it.
    static let root = "/dashboard"

    private let settings: DashboardSettings
    /// `public_url` without a trailing slash.
    let serverURL: String

    init(_ settings: DashboardSettings, serverURL: String) {
        self.settings = settings
        self.serverURL = serverURL
    }

    /// Whether clients reach the server by https.
    var isSecure: Bool { serverURL.hasPrefix("https://") }

    /// Whether requests with this authority may reach the dashboard. If it is on the machine itself, every name of that
    /// machine will do.
    func serves(authority: String) -> Bool {
        let host = HostName.key(authority)
        return host == ownHost || (Self.isLoopback(ownHost) && Self.isLoopback(host))
    }

    /// Whether people may log in. Without TLS, anyone on the way can read passwords.
    func admitsPasswords(authority: String) -> Bool {
        isSecure || settings.allowsHTTP || Self.isLoopback(HostName.key(authority))
    }

    private var ownHost: String {
        settings.host.map(HostName.key) ?? HostName.key(String(Self.authority(of: serverURL)))
    }

    /// The authority of a URL without user information.
    static func authority(of url: String) -> Substring {
        guard let start = url.firstRange(of: "://")?.upperBound else { return "" }
        return url[start...].prefix { $0 != "/" }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "127.0.0.1" || host == "[::1]"
    }
}
