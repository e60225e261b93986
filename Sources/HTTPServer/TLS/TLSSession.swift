import CLinux
import COpenSSL
import Glibc

/// TLS on one connection: encrypted bytes on the socket, plain bytes for the caller. Never blocks.
final class TLSSession {
    enum Handshake {
        case done
        /// The peer must send or read first.
        case waiting
        /// The peer sent plain HTTP.
        case plainHTTP
        case failed(String)
    }

    private let descriptor: Int32
    private let ssl: OpaquePointer
    /// Retained, because the handshake looks up the requested name in it.
    private let certificates: TLSCertificates
    /// The last read got fewer bytes than the buffer had room for, so the next one would get nothing.
    private var hasEmptiedSocket = false
    /// How many times the current call may still read from the socket. Without a limit, a peer could keep the loop busy
    /// with records that carry no data.
    private var readsLeft = 0
    private var isAtEnd = false
    /// Nothing more may be sent after an error (SSL_shutdown(3)).
    private var isBroken = false

    /// - Returns: nil if memory is exhausted.
    init?(_ certificates: TLSCertificates, on descriptor: Int32) {
        guard let method = Self.method, let ssl = SSL_new(certificates.standard.context) else { return nil }
        guard let socket = BIO_new(method) else {
            SSL_free(ssl)
            return nil
        }
        self.descriptor = descriptor
        self.ssl = ssl
        self.certificates = certificates
        BIO_set_data(socket, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(socket, 1)
        // The session owns the BIO from here on.
        SSL_set_bio(ssl, socket, socket)
        SSL_set_accept_state(ssl)
    }

    deinit { SSL_free(ssl) }

    /// Continues the handshake as far as the socket allows.
    func handshake() -> Handshake {
        ERR_clear_error()
        hasEmptiedSocket = false
        readsLeft = 16
        let result = SSL_do_handshake(ssl)
        if result == 1 { return .done }
        if isWaiting(SSL_get_error(ssl, result)) { return .waiting }
        isBroken = true
        let error = ERR_peek_error()
        if ERR_GET_LIB(error) == ERR_LIB_SSL, ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST { return .plainHTTP }
        return .failed(ERR_reason_error_string(error).map { String(cString: $0) } ?? "the connection was closed")
    }

    /// Whether this session resumes an earlier one, without a certificate exchange.
    var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// Whether the last step stopped at its limit although the socket may hold more.
    var isInterrupted: Bool { readsLeft == 0 && !hasEmptiedSocket }

    /// Whether `read` finds nothing until the socket becomes readable again.
    var isDrained: Bool { hasEmptiedSocket && SSL_has_pending(ssl) == 0 }

    /// Reads like `recv`: returns the number of bytes, 0 at the end, or -1 with `errno`. `EAGAIN` means not now;
    /// `EINTR` means that there may be more to read.
    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        ERR_clear_error()
        // OpenSSL may return only data that it read earlier, and the socket may have received more since.
        hasEmptiedSocket = false
        readsLeft = 4
        let count = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        if count > 0 { return Int(count) }
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_ZERO_RETURN: return 0
        case let error where isWaiting(error) && !isDrained && error == SSL_ERROR_WANT_READ:
            errno = EINTR
            return -1
        case let error: return fail(error)
        }
    }

    /// Writes like `send`: returns the number of bytes accepted, or -1 with `errno`. The caller must offer the
    /// remaining bytes again before any others.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        ERR_clear_error()
        let count = SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count))
        return count > 0 ? Int(count) : fail(SSL_get_error(ssl, count))
    }

    /// Announces to the peer that no more data follows (close_notify, RFC 8446 §6.1).
    func sendCloseNotify() {
        guard !isBroken, SSL_is_init_finished(ssl) == 1 else { return }
        ERR_clear_error()
        SSL_shutdown(ssl)
    }

    private func isWaiting(_ error: Int32) -> Bool { error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE }

    private func fail(_ error: Int32) -> Int {
        if isWaiting(error) {
            errno = EAGAIN
        } else {
            isBroken = true
            errno = ECONNRESET
        }
        return -1
    }

    // MARK: The socket

    /// OpenSSL's access to the socket. OpenSSL's own socket BIO does not report an empty socket, and raises SIGPIPE.
    /// Created once, never changed, and never freed.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket") else { return nil }
        BIO_meth_set_read(method) { bio, bytes, count in
            TLSSession.of(bio)?.receive(bio, bytes, count) ?? -1
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            TLSSession.of(bio)?.transmit(bio, bytes, count) ?? -1
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: 1
            case BIO_CTRL_EOF: TLSSession.of(bio)?.isAtEnd == true ? 1 : 0
            default: 0
            }
        }
        return method
    }()

    private static func of(_ bio: OpaquePointer?) -> TLSSession? {
        BIO_get_data(bio).map { Unmanaged<TLSSession>.fromOpaque($0).takeUnretainedValue() }
    }

    private func receive(_ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        guard readsLeft > 0 else {
            BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            return -1
        }
        readsLeft -= 1
        var received: Int
        repeat { received = recv(descriptor, bytes, Int(count), 0) } while received < 0 && errno == EINTR
        hasEmptiedSocket = received < Int(count)
        if received == 0 { isAtEnd = true }
        if received < 0, errno == EAGAIN { BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY) }
        return Int32(received)
    }

    private func transmit(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        var sent: Int
        repeat { sent = send(descriptor, bytes, Int(count), allclear_msg_nosignal) } while sent < 0 && errno == EINTR
        if sent < 0, errno == EAGAIN { BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY) }
        return Int32(sent)
    }
}
