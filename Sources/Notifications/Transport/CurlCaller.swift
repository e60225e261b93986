import CCurl
import Glibc
import StatusPages

/// Calls endpoints by HTTP/1.1, each over a separate connection.
public final class CurlCaller: Caller {
    private let settings: WebhookSettings
    private let interruption: Interruption

    public init(_ settings: WebhookSettings, interruption: Interruption = Interruption()) {
        self.settings = settings
        self.interruption = interruption
    }

    public func send(_ call: Call) -> CallOutcome {
        if interruption.isInterrupted { return Self.interrupted }
        guard let handle = makeHandle() else {
            return .failed(Delivery.Response(code: nil, text: "libcurl cannot be used"), retryAfter: nil)
        }
        let exchange = HTTPExchange(policy: settings.proxy == nil ? settings.addressPolicy : nil)
        let code = exchange.run(call, on: handle)
        let status = handle.number(CURLINFO_RESPONSE_CODE)
        // The status decides, even if the rest of the answer did not arrive.
        guard status >= 200 else {
            if interruption.isInterrupted { return Self.interrupted }
            return .failed(
                Delivery.Response(said: (exchange.problem ?? handle.problem(code)).utf8), retryAfter: nil)
        }
        let response = Delivery.Response(code: status, said: exchange.body)
        switch status {
        case ..<300: return .accepted(response)
        case 410: return .gone(response)
        default: return .failed(response, retryAfter: retryAfter(handle))
        }
    }

    private static let interrupted = CallOutcome.failed(
        Delivery.Response(code: nil, text: "interrupted, because the server stops"), retryAfter: nil)

    /// How long the endpoint asks to wait, at most an hour (RFC 9110 §10.2.3).
    private func retryAfter(_ handle: CurlHandle) -> Int? {
        var seconds: curl_off_t = 0
        guard allclear_curl_get_size(handle.pointer, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK, seconds > 0 else {
            return nil
        }
        return min(Int(seconds), 3_600)
    }

    private func makeHandle() -> CurlHandle? {
        guard let handle = CurlHandle() else { return nil }
        handle.set(CURLOPT_PROTOCOLS_STR, settings.httpsOnly ? "https" : "http,https")
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        // Both are set, so that environment variables have no effect.
        handle.set(CURLOPT_PROXY, settings.proxy ?? "")
        handle.set(CURLOPT_NOPROXY, "")
        handle.set(CURLOPT_TIMEOUT_MS, settings.timeoutSeconds * 1_000)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, settings.timeoutSeconds * 1_000)
        handle.heed(interruption)
        return handle
    }
}

/// One call on its way: the data that libcurl's callbacks read and write.
private final class HTTPExchange {
    /// How much of an answer is read, its header included.
    private static let most = 65_536

    private let policy: AddressPolicy?
    private(set) var body: [UInt8] = []
    private var received = 0
    /// Why no connection was made, if the policy forbids it.
    private(set) var problem: String?

    /// - Parameter policy: nil if a proxy decides.
    init(policy: AddressPolicy?) { self.policy = policy }

    func run(_ call: Call, on handle: CurlHandle) -> CURLcode {
        // The empty "Expect" makes libcurl send larger bodies at once. The empty "Content-Type" keeps it from adding
        // that of a form.
        let hasType = call.fields.contains { $0.name.lowercased() == "content-type" }
        let fields = CurlList(
            call.fields.map { "\($0.name): \($0.value)" } + ["Expect:", "Accept:"] + (hasType ? [] : ["Content-Type:"]))
        handle.set(CURLOPT_URL, call.url)
        handle.set(CURLOPT_POST, 1)
        if call.method != "POST" { handle.set(CURLOPT_CUSTOMREQUEST, call.method) }
        _ = allclear_curl_set_list(handle.pointer, CURLOPT_HTTPHEADER, fields.pointer)
        _ = allclear_curl_set_size(handle.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(call.body.count))
        let me = Unmanaged.passUnretained(self).toOpaque()
        _ = allclear_curl_set_pointer(handle.pointer, CURLOPT_WRITEDATA, me)
        _ = allclear_curl_set_receiver(handle.pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            guard let me else { return 0 }
            return HTTPExchange.from(me).receive(bytes, size * count)
        }
        _ = allclear_curl_set_pointer(handle.pointer, CURLOPT_HEADERDATA, me)
        _ = allclear_curl_set_receiver(handle.pointer, CURLOPT_HEADERFUNCTION) { _, size, count, me in
            guard let me else { return 0 }
            return HTTPExchange.from(me).receive(nil, size * count)
        }
        _ = allclear_curl_set_pointer(handle.pointer, CURLOPT_OPENSOCKETDATA, me)
        _ = allclear_curl_set_opener(handle.pointer) { me, _, address in
            guard let me, let address else { return CURL_SOCKET_BAD }
            return HTTPExchange.from(me).openSocket(address)
        }
        return call.body.withUnsafeBytes { body in
            _ = allclear_curl_set_pointer(
                handle.pointer, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress))
            return withExtendedLifetime((self, fields)) { handle.perform() }
        }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer) -> HTTPExchange {
        Unmanaged<HTTPExchange>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// - Returns: how much was taken. Less than `count` ends the transfer.
    private func receive(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        received += count
        guard received <= Self.most else { return 0 }
        if let bytes, body.count < 4 * Delivery.Response.most {
            body += UnsafeRawBufferPointer(start: bytes, count: count).prefix(4 * Delivery.Response.most)
        }
        return count
    }

    /// Opens a socket to an address that the policy allows. libcurl asks here for every address that it tries.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if let policy {
            guard let target = allclear_curl_address(address).flatMap(InternetAddress.init), policy.allows(target)
            else {
                problem = "the host's address is not public, and webhooks.allowed_networks does not contain it"
                return CURL_SOCKET_BAD
            }
        }
        return socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
            address.pointee.protocol)
    }
}
