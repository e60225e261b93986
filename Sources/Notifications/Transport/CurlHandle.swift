import CCurl
import StatusPages

/// One of libcurl's easy handles: options, then one or several transfers with them.
final class CurlHandle {
    let pointer: UnsafeMutableRawPointer
    /// The text of the last error. libcurl writes it.
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// libcurl must be prepared once. Several threads may ask for it at the same time.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nil if libcurl cannot allocate a handle.
    init?() {
        guard Self.isReady, let pointer = curl_easy_init() else {
            errorText.deallocate()
            return nil
        }
        self.pointer = pointer
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        _ = allclear_curl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
        // libcurl must not use signals, because other threads run. A thread that ends must not wait for the resolver.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    }

    /// Closes the connections, too.
    deinit {
        curl_easy_cleanup(pointer)
        errorText.deallocate()
    }

    func set(_ option: CURLoption, _ number: Int) { _ = allclear_curl_set_long(pointer, option, number) }

    /// - Parameter text: copied. Nil: libcurl's default.
    func set(_ option: CURLoption, _ text: String?) { _ = allclear_curl_set_text(pointer, option, text) }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        return allclear_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// Ends transfers once `interruption` is set. It must live as long as the transfers.
    func heed(_ interruption: Interruption) {
        set(CURLOPT_NOPROGRESS, 0)
        _ = allclear_curl_set_pointer(
            pointer, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(interruption).toOpaque())
        _ = allclear_curl_set_progress(pointer) { interruption, _, _, _, _ in
            guard let interruption else { return 0 }
            return Unmanaged<Interruption>.fromOpaque(interruption).takeUnretainedValue().isInterrupted ? 1 : 0
        }
    }

    /// Runs a transfer. It blocks.
    func perform() -> CURLcode {
        errorText.pointee = 0
        return curl_easy_perform(pointer)
    }

    /// The text of an error, for people.
    func problem(_ code: CURLcode) -> String {
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }
}

/// A list of texts for libcurl.
final class CurlList {
    private(set) var pointer: UnsafeMutablePointer<curl_slist>?

    init(_ texts: [String]) {
        for text in texts { pointer = curl_slist_append(pointer, text) ?? pointer }
    }

    deinit { curl_slist_free_all(pointer) }
}

extension Delivery.Response {
    /// A text from the other side, on one line.
    init(code: Int? = nil, said bytes: some Sequence<UInt8>) {
        let scalars = String(decoding: Array(bytes), as: UTF8.self).unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control ? " " : scalar
        }
        let words = String(String.UnicodeScalarView(scalars)).split(separator: " ")
        self.init(code: code, text: words.joined(separator: " "))
    }
}
