import Accounts
import HTTPServer
import HTTPTypes
import Markup
import StatusPages

/// A form that arrived before its user could prove who they are. The next screen carries it along in hidden fields, and
/// sends it again.
struct KeptForm {
    /// The path to which the form was sent.
    let path: String
    let form: URLEncodedForm

    init(_ request: Request, _ form: URLEncodedForm) {
        path = String(request.path)
        self.form = form
    }

    /// Reads the hidden fields; nil without them.
    init?(_ carrier: URLEncodedForm) {
        guard let path = carrier["to"], DashboardPlace.isLocal(path), let text = carrier["kept"],
            let form = try? URLEncodedForm(parsing: text[...])
        else { return nil }
        self.path = path
        self.form = form
    }

    var fields: HTML {
        """
        <input type="hidden" name="to" value="\(path)">
        <input type="hidden" name="kept" value="\(form.with(["csrf": nil]).encoded)">

        """
    }

    /// The form as a request in a new session.
    /// - Parameter fields: added to the form; they replace fields of the same names.
    func request(in token: SecretToken, as request: Request, adding fields: KeyValuePairs<String, String?> = [:])
        -> Request
    {
        var request = request
        request.head.path = path
        request.body = .complete(
            Array(form.with(["csrf": CrossSiteCheck.token(of: token)]).with(fields).encoded.utf8))
        request.head.headerFields[.contentType] = "application/x-www-form-urlencoded"
        return request.carrying(token)
    }
}

extension Request {
    /// The same request in another session.
    func carrying(_ token: SecretToken) -> Request {
        var request = self
        request.head.headerFields[.cookie] = [
            "\(Cookie(purpose: .session, isSecure: true).pair(token.text))",
            "\(Cookie(purpose: .session, isSecure: false).pair(token.text))",
        ].joined(separator: "; ")
        return request
    }
}
