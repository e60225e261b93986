import StatusPages

/// Calls endpoints by HTTP/1.1.
public final class CurlCaller: Caller {
    public init(_ settings: WebhookSettings, interruption: Interruption = Interruption()) {}

    public func send(_ call: Call) -> CallOutcome { .failed(Delivery.Response(code: nil, text: ""), retryAfter: nil) }
}
