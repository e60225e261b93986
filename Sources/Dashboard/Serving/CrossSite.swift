import Accounts
import Cryptography
import HTTPServer
import HTTPTypes

/// The defence against forms that another site makes a browser send (CSRF).
struct CrossSiteCheck {
    /// Why a form is refused.
    enum Refusal: Error, Equatable {
        /// Another site sent it.
        case otherSite
        /// - Parameters:
        ///   - origin: of the page with the form.
        ///   - own: the request's own origin.
        case otherOrigin(String, own: String)
        /// The browser does not say where the form came from.
        case unknownOrigin
        /// The form belongs to another session, or was made without one.
        case wrongToken
    }

    let place: DashboardPlace

    /// Checks the fields that browsers set, and scripts cannot (Fetch Metadata §2.3, RFC 6454 §7).
    func check(_ request: Request) throws(Refusal) {
        let fields = request.head.headerFields
        if let site = fields[.secFetchSite] {
            guard site == "same-origin" else { throw .otherSite }
            return
        }
        guard let origin = fields[.origin] else { throw .unknownOrigin }
        let authority = (request.head.authority ?? "").lowercased()
        guard
            origin.lowercased() == place.origin || origin.lowercased() == "https://\(authority)"
                || (!place.isSecure && origin.lowercased() == "http://\(authority)")
        else { throw .otherOrigin(origin, own: place.isSecure ? "https://\(authority)" : "http://\(authority)") }
    }

    /// The value of the field `csrf` in every form of a session.
    static func token(of session: SecretToken) -> String {
        Base64URL.encode(HMAC.sha256(Array("csrf".utf8), key: Array(session.text.utf8)))
    }

    /// Checks the field `csrf`, in constant time.
    static func check(_ value: String?, of session: SecretToken) throws(Refusal) {
        guard let value, HMAC.areEqual(Array(value.utf8), Array(token(of: session).utf8)) else { throw .wrongToken }
    }
}

extension DashboardPlace {
    /// The origin of `public_url`.
    var origin: String {
        let authority = Self.authority(of: serverURL)
        return (serverURL[..<authority.startIndex] + authority).lowercased()
    }
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
