public import Accounts
import HTTPServer
public import HTTPTypes

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
    /// How a trusted proxy names the user; nil if no proxy does.
    public var trustedHeader: TrustedHeader?

    public init() {}

    /// The address of the dashboard's first screen; nil if it is disabled.
    /// - Parameter serverURL: `public_url` without a trailing slash.
    public func url(serverURL: String) -> String? {
        isEnabled ? DashboardPlace(self, serverURL: serverURL).url + DashboardPlace.root : nil
    }
}

/// The header fields in which a trusted proxy names the user of a request.
public struct TrustedHeader: Equatable, Sendable {
    public var email: HTTPField.Name
    public var name: HTTPField.Name?
    public var groups: HTTPField.Name?
    /// The role of the members of each group. Empty: the proxy does not set roles.
    public var roles: [String: User.Role]
    /// Whether unknown people whom the proxy names become users.
    public var createsUsers: Bool

    public init(
        email: HTTPField.Name, name: HTTPField.Name? = nil, groups: HTTPField.Name? = nil,
        roles: [String: User.Role] = [:], createsUsers: Bool = false
    ) {
        self.email = email
        self.name = name
        self.groups = groups
        self.roles = roles
        self.createsUsers = createsUsers
    }
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

    /// The address of the server's root for people who use the dashboard, without a trailing slash.
    var url: String {
        guard let host = settings.host else { return serverURL }
        return "\(isSecure ? "https" : "http")://\(host)\(port)"
    }

    /// The port of `public_url`, with its colon; empty for the default port.
    private var port: Substring {
        let authority = Self.authority(of: serverURL)
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return "" }
        return authority[colon...]
    }

    /// Whether requests with this authority may reach the dashboard. If its own host is a loopback name, every loopback
    /// name is accepted.
    func serves(authority: String) -> Bool {
        let host = HostName.key(authority)
        return host == ownHost || (Self.isLoopback(ownHost) && Self.isLoopback(host))
    }

    /// Whether people may log in. Without TLS, anyone on the network can read passwords.
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
