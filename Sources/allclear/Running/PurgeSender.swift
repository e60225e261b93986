import Locking
import Notifications
import PublicPages
import StatusPages

/// Sends purges as webhooks are sent: with the same protections, proxy and timeout. Caches are often reached without
/// TLS, so http is allowed.
final class PurgeSender: Sendable {
    private let settings: Locked<WebhookSettings>
    private let interruption = Interruption()

    init(_ settings: WebhookSettings) { self.settings = Locked(settings.forPurges) }

    func use(_ settings: WebhookSettings) { self.settings.withLock { $0 = settings.forPurges } }

    /// Waits for the answer.
    @Sendable
    func send(_ request: PurgeRequest) -> PurgeAnswer {
        let call = Call(
            method: request.method, url: request.url, fields: request.fields.map { (name: $0.name, value: $0.value) },
            body: request.body)
        switch CurlCaller(settings.withLock { $0 }, interruption: interruption).send(call) {
        case .accepted: return .accepted
        case .gone: return .absent
        case .failed(let response, let retryAfter):
            guard let code = response.code else { return .failed(reason: response.text) }
            return code == 404 ? .absent : .failed(reason: "the answer has the status \(code)", retryAfter: retryAfter)
        }
    }

    /// Ends the requests in progress.
    func stop() { interruption.interrupt() }
}

extension WebhookSettings {
    /// These settings, but with http allowed.
    var forPurges: WebhookSettings {
        var settings = self
        settings.httpsOnly = false
        return settings
    }
}
