import COpenSSL
import Glibc

/// A certificate and its key, both checked, in an OpenSSL context for handshakes.
final class TLSCertificate: Sendable {
    /// OpenSSL locks the mutable parts of a context, because threads may share it. This code configures it before any
    /// other thread sees it.
    nonisolated(unsafe) let context: OpaquePointer

    init(_ files: TLSFiles) throws(TLSProblem) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw TLSProblem(files.certificate, "cannot be used: OpenSSL is out of memory")
        }
        // `deinit` also frees it if a later step throws.
        self.context = context
        try Self.configure(context, files)
        try Self.loadCertificate(context, files)
        try Self.checkCertificate(context, files)
        try Self.loadKey(context, files)
        ERR_clear_error()
    }

    deinit { SSL_CTX_free(context) }

    /// Allows TLS 1.2 and 1.3. In 1.2, only suites with forward secrecy and authenticated encryption: Mozilla's
    /// "intermediate" profile without its CBC and finite-field suites.
    private static func configure(_ context: OpaquePointer, _ files: TLSFiles) throws(TLSProblem) {
        allclear_ssl_set_modes(context)
        allclear_ssl_set_options(context)
        let sessions = Array("allclear".utf8)
        guard allclear_ssl_set_least_version(context) == 1,
            SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
            SSL_CTX_set_session_id_context(context, sessions, UInt32(sessions.count)) == 1
        else { throw TLSProblem(files.certificate, "cannot be used: OpenSSL does not support TLS 1.2 with AES-GCM") }
        SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nil)
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
    }

    private static func loadCertificate(_ context: OpaquePointer, _ files: TLSFiles) throws(TLSProblem) {
        try checkReadable(files.certificate)
        guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else {
            throw TLSProblem(
                files.certificate, "contains no certificate in PEM format that OpenSSL accepts\(reason)")
        }
    }

    /// Why clients that ask for `domain` would reject the certificate; nil if they would accept it.
    /// - Parameter files: the files that the certificate came from.
    func problem(for domain: String, in files: TLSFiles) -> TLSProblem? {
        let flags = UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        guard let certificate = SSL_CTX_get0_certificate(context),
            X509_check_host(certificate, domain, domain.utf8.count, flags, nil) == 1
        else { return TLSProblem(files.certificate, "is not valid for \(domain)") }
        return nil
    }

    private static func checkCertificate(_ context: OpaquePointer, _ files: TLSFiles) throws(TLSProblem) {
        guard let certificate = SSL_CTX_get0_certificate(context) else {
            throw TLSProblem(files.certificate, "contains no certificate")
        }
        if let end = X509_get0_notAfter(certificate), X509_cmp_current_time(end) < 0 {
            throw TLSProblem(files.certificate, "expired at \(text(of: end)); renew it")
        }
        if let start = X509_get0_notBefore(certificate), X509_cmp_current_time(start) > 0 {
            throw TLSProblem(files.certificate, "is not valid before \(text(of: start)); check the system clock")
        }
    }

    /// The end of the certificate's validity, in seconds since the Unix epoch; nil if it cannot be read.
    var end: Int? {
        var parts = tm()
        guard let certificate = SSL_CTX_get0_certificate(context), let time = X509_get0_notAfter(certificate),
            ASN1_TIME_to_tm(time, &parts) == 1
        else { return nil }
        return timegm(&parts)
    }

    private static func loadKey(_ context: OpaquePointer, _ files: TLSFiles) throws(TLSProblem) {
        try checkReadable(files.key)
        ERR_clear_error()
        let isKey = SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1
        if isKey, SSL_CTX_check_private_key(context) == 1 { return }
        // OpenSSL may load a key whose type differs from the certificate's. Then only the check refuses it.
        if isKey || ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509 {
            throw TLSProblem(files.key, "does not match the certificate in \(files.certificate)")
        }
        throw TLSProblem(files.key, "contains no private key in PEM format without a passphrase\(reason)")
    }

    private static func checkReadable(_ path: String) throws(TLSProblem) {
        guard let file = fopen(path, "r") else {
            throw TLSProblem(path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        // fopen succeeds on a directory, but reading fails.
        let byte = getc(file)
        fclose(file)
        if byte == EOF { throw TLSProblem(path, "is empty or is not a regular file") }
    }

    /// OpenSSL's text for its last error.
    private static var reason: String {
        ERR_reason_error_string(ERR_peek_last_error()).map { ": \(String(cString: $0))" } ?? ""
    }

    private static func text(of time: UnsafePointer<ASN1_TIME>) -> String {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return "an unreadable date" }
        return HTTPDate.format(timegm(&parts))
    }
}

/// ALPN (RFC 7301 §3.2): chooses HTTP/1.1. The handshake fails if the client offers protocols but not this one.
private let chooseProtocol: SSL_CTX_alpn_select_cb_func = { _, chosen, length, offers, size, _ in
    let ours: StaticString = "\u{8}http/1.1"
    var offer: UnsafeMutablePointer<UInt8>?
    let found = SSL_select_next_proto(&offer, length, ours.utf8Start, UInt32(ours.utf8CodeUnitCount), offers, size)
    guard found == OPENSSL_NPN_NEGOTIATED, let offer else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    chosen?.pointee = UnsafePointer(offer)
    return SSL_TLSEXT_ERR_OK
}
