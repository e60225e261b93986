import JSONInput
import Notifications
import PublicPages

/// Reads an element of `purge`.
struct PurgeReader {
    private let reader: JSONReader
    private let page: String?
    private let webhooks: WebhookSettings

    /// - Parameter page: the slug of the page that has the element; nil for one of the whole configuration.
    init(_ reader: JSONReader, page: String?, _ webhooks: WebhookSettings) {
        self.reader = reader
        self.page = page
        self.webhooks = webhooks
    }

    /// - Returns: nil if a part could not be read. The reader has then noted a fault.
    func read() -> PurgeTarget? {
        for name in ["method", "url"] where !reader.has(name) { note(name, "is required", .missing) }
        let method = reader.parsed(
            "method", Self.method, rule: "must be a method such as \"PURGE\" or \"POST\", but not HEAD or CONNECT")
        let url = reader.string("url")
        let fields = fields()
        let body = reader.string("body")
        if let body { checkPlaceholders(body, at: reader.pointer.appending("body")) }
        reader.refuseUnknownMembers()
        guard let method, let url else { return nil }
        let hasType = fields.contains { $0.name.lowercased() == "content-type" }
        let type = body == nil || hasType ? [] : [PurgeTarget.Field(name: "Content-Type", value: "application/json")]
        let target = PurgeTarget(page: page, method: method, url: url, fields: fields + type, body: body)
        return check(target) ? target : nil
    }

    private static func method(_ text: String) -> String? {
        let isName = (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        return isName && !["HEAD", "CONNECT"].contains(text) ? text : nil
    }

    /// The rules do not begin with "must", because messages would then quote the value, which may be a secret.
    private func fields() -> [PurgeTarget.Field] {
        guard let headers = reader.object("headers") else { return [] }
        return headers.names.compactMap { name in
            let place = headers.pointer.appending(name)
            guard let value = headers.string(name) else { return nil }
            guard Self.isToken(name), !["content-length", "transfer-encoding"].contains(name.lowercased()) else {
                reader.faults.note(JSONFault(.format, place, "is not a header field that can be set"))
                return nil
            }
            guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                reader.faults.note(JSONFault(.format, place, "is empty or has control characters"))
                return nil
            }
            checkPlaceholders(value, at: place)
            return PurgeTarget.Field(name: name, value: value)
        }
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    private func check(_ target: PurgeTarget) -> Bool {
        guard checkPlaceholders(target.url, at: reader.pointer.appending("url")) else { return false }
        let sample = target.request(page: "acme", document: "https://status.acme.example/")
        do throws(EndpointURL.Invalid) {
            _ = try EndpointURL(sample.url, under: webhooks.forPurges)
            return true
        } catch {
            note("url", error.rule, .value)
            return false
        }
    }

    /// - Returns: whether all placeholders in a text are known.
    @discardableResult
    private func checkPlaceholders(_ text: String, at place: JSONPointer) -> Bool {
        let known = PurgeTarget.Placeholder.allCases.map(\.rawValue)
        guard
            let unknown = text.matches(of: /\{[a-z_]+\}/).map({ String($0.output) }).first(where: {
                !known.contains($0)
            })
        else { return true }
        reader.faults.note(
            JSONFault(.value, place, "has the unknown placeholder \(unknown); use \(known.joined(separator: ", "))"))
        return false
    }

    private func note(_ name: String, _ rule: String, _ code: JSONFault.Code) {
        reader.faults.note(JSONFault(code, reader.pointer.appending(name), rule))
    }
}
