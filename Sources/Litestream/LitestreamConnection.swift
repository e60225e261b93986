import CCurl

/// A connection to Litestream's socket. libcurl keeps it open between requests, and opens it again when necessary.
// Sendable because `LitestreamSocket` uses it only under a lock.
final class LitestreamConnection: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The maximum length of a response, in bytes.
    private static let most = 65_536
    /// Whether libcurl could be initialized. A process must initialize it once.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let handle: UnsafeMutableRawPointer
    private var body: [UInt8] = []

    /// Nil if libcurl cannot allocate a handle.
    init?(socket: String) {
        guard Self.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        _ = allclear_curl_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, socket)
        _ = allclear_curl_set_text(handle, CURLOPT_PROXY, "")
        // libcurl must not use signals, because other threads run.
        _ = allclear_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = allclear_curl_set_receiver(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            guard let me, let bytes else { return 0 }
            let connection = Unmanaged<LitestreamConnection>.fromOpaque(me).takeUnretainedValue()
            return connection.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    deinit { curl_easy_cleanup(handle) }

    /// Sends a request, and waits for the answer.
    /// - Parameters:
    ///   - text: the body of a POST. Nil: the request is a GET.
    ///   - time: the longest wait.
    func send(
        _ target: String, posting text: String?, within time: Duration
    ) -> Result<(status: Int, body: [UInt8]), Failure> {
        body = []
        // For libcurl, 0 means no limit.
        _ = allclear_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(time / .milliseconds(1))))
        _ = allclear_curl_set_text(handle, CURLOPT_URL, "http://litestream\(target)")
        if let text {
            _ = allclear_curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, text)
        } else {
            _ = allclear_curl_set_long(handle, CURLOPT_HTTPGET, 1)
        }
        _ = allclear_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        let code = withExtendedLifetime(self) { curl_easy_perform(handle) }
        guard code == CURLE_OK else {
            return .failure(Failure(description: String(cString: curl_easy_strerror(code)).lowercased()))
        }
        var status = 0
        _ = allclear_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success((status, body))
    }

    /// - Returns: how much was taken. Less than all of it ends the transfer.
    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= Self.most else { return 0 }
        body += bytes
        return bytes.count
    }
}
