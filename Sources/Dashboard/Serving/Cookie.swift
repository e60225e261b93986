import HTTPServer
import HTTPTypes

/// A cookie of the dashboard (RFC 6265). Browsers send it only to this host, and scripts cannot read it.
struct Cookie: Equatable {
    enum Purpose: String {
        /// The token of a session.
        case session = "allclear"
        /// A log-in that still waits for its second factor.
        case login = "allclear-login"
    }

    /// Browsers accept the prefix only over https, and only with `Secure`, `Path=/` and no domain (RFC 6265bis §4.1.3).
    private static let securePrefix = "__Host-"

    let purpose: Purpose
    let isSecure: Bool

    private var name: String { (isSecure ? Self.securePrefix : "") + purpose.rawValue }

    /// - Returns: nil if the browser sent none.
    func value(in request: Request) -> String? {
        for field in request.head.headerFields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].trimmingPrefix(while: \.isWhitespace) == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The cookie as browsers send it.
    func pair(_ value: String) -> String { "\(name)=\(value)" }

    /// The value of `Set-Cookie`.
    /// - Parameter seconds: how long the browser keeps it.
    func setting(_ value: String, for seconds: Int) -> String {
        "\(pair(value)); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The value of `Set-Cookie` that removes it.
    var removal: String { setting("", for: 0) }
}
