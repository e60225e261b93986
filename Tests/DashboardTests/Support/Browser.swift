import Foundation
import HTTPServer
import HTTPTypes
import Locking
import Testing

@testable import Dashboard

/// Asks a dashboard as a browser does: it keeps cookies, and says where its forms come from.
final class Browser: Sendable {
    private let test: TestDashboard
    private let address: String
    private let cookies = Locked<[String: String]>([:])
    private let csrf = Locked<String?>(nil)
    /// Fields of every request, such as those of a proxy.
    let fields = Locked<HTTPFields>([:])
    /// Whether its requests come over a connection from a trusted proxy.
    let isFromProxy = Locked(false)

    init(_ test: TestDashboard, address: String) {
        self.test = test
        self.address = address
    }

    /// The names of its cookies.
    var cookieNames: [String] { cookies.withLock { $0.keys.sorted() } }

    func get(_ path: String) throws -> TestPage { try send(.get, path) }

    /// Sends a form. The field `csrf` is that of the last page with a form.
    func post(_ path: String, _ form: KeyValuePairs<String, String> = [:]) throws -> TestPage {
        var form = form.map { ($0, $1) }
        if !form.contains(where: { $0.0 == "csrf" }) {
            // Every screen of a user has a form with the field.
            if csrf.withLock({ $0 }) == nil { _ = try get("/dashboard") }
            if let csrf = csrf.withLock({ $0 }) { form.append(("csrf", csrf)) }
        }
        return try send(.post, path, form: form)
    }

    /// Sends a form of a page, with the values that its fields have, and others.
    func submit(_ page: TestPage, to path: String, _ values: KeyValuePairs<String, String> = [:]) throws -> TestPage {
        let form = try #require(page.form(path), "the page has no form for \(path)")
        let own = form.filter { field in !values.contains { $0.key == field.0 } }
        return try send(.post, path, form: own + values.map { ($0, $1) })
    }

    /// Sends a form with files.
    func upload(_ path: String, _ form: [(String, String)], files: [String: [UInt8]]) throws -> TestPage {
        if csrf.withLock({ $0 }) == nil { _ = try get("/dashboard") }
        var body: [UInt8] = []
        func part(_ head: String, _ content: [UInt8]) {
            body += Array("--limit\r\nContent-Disposition: form-data; \(head)\r\n\r\n".utf8) + content
            body += Array("\r\n".utf8)
        }
        for (name, value) in form + [("csrf", csrf.withLock { $0 } ?? "")] {
            part("name=\"\(name)\"", Array(value.utf8))
        }
        for (name, content) in files { part("name=\"\(name)\"; filename=\"picture\"", content) }
        body += Array("--limit--\r\n".utf8)
        return try send(.post, path, content: ("multipart/form-data; boundary=limit", body))
    }

    /// - Parameters:
    ///   - fields: replaces those that a browser sends with forms.
    ///   - content: replaces the body of the form.
    func send(
        _ method: HTTPRequest.Method, _ path: String, form: [(String, String)] = [],
        fields: HTTPFields = [.secFetchSite: "same-origin"], host: String = TestDashboard.host,
        content: (type: String, body: [UInt8])? = nil
    ) throws -> TestPage {
        var fields = fields
        for field in self.fields.withLock({ $0 }) { fields.append(field) }
        let cookies = cookies.withLock { $0.map { "\($0.key)=\($0.value)" }.sorted() }
        if !cookies.isEmpty { fields[.cookie] = cookies.joined(separator: "; ") }
        var body: [UInt8] = []
        if method == .post, let content {
            (fields[.contentType], body) = content
        } else if method == .post {
            fields[.contentType] = "application/x-www-form-urlencoded"
            body = Array(URLEncodedForm(form.map { URLEncodedForm.Field($0.0, $0.1) }).encoded.utf8)
        }
        let head = HTTPRequest(method: method, scheme: nil, authority: host, path: path, headerFields: fields)
        let request = Request(
            head: head, body: .complete(body), remoteAddress: address, isFromProxy: isFromProxy.withLock { $0 })
        let page = TestPage(try test.answer(request))
        for cookie in page.fields[values: .setCookie] { keep(cookie) }
        if let token = page.value(of: "csrf") { csrf.withLock { $0 = token } }
        return page
    }

    /// Keeps or removes a cookie.
    /// - Parameter cookie: the value of `Set-Cookie`.
    func keep(_ cookie: String) {
        let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
        cookies.withLock { $0[pair[0]] = cookie.contains("; Max-Age=0") ? nil : pair.last }
        // The server rejects a form of another session.
        csrf.withLock { $0 = nil }
    }
}
