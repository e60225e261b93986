import COpenSSL
import Glibc
import Locking

/// What a server shows to those who come by TLS: a certificate, and others for those who ask for certain names (SNI).
public final class TLSContext: Sendable {
    private let current: Locked<TLSCertificates>

    /// - Parameters:
    ///   - standard: for clients that ask for no name, or one not listed.
    ///   - byDomain: for clients that ask for these names, in lower case.
    /// - Throws: what is wrong with the files, the first thing found.
    public init(_ standard: TLSFiles, byDomain: [String: TLSFiles] = [:]) throws(TLSProblem) {
        current = Locked(try TLSCertificates(standard, byDomain))
    }

    /// Shows other certificates in the handshakes that come. Connections that are open keep what they were shown.
    func use(_ certificates: TLSCertificates) { current.withLock { $0 = certificates } }

    var certificates: TLSCertificates { current.withLock { $0 } }
}

/// The certificates of a context as they were read at one time.
final class TLSCertificates: Sendable {
    let standard: TLSCertificate
    private let byDomain: [String: TLSCertificate]

    init(_ standard: TLSFiles, _ byDomain: [String: TLSFiles]) throws(TLSProblem) {
        self.standard = try TLSCertificate(standard)
        // Files that serve several domains are read once.
        var read: [TLSFiles: TLSCertificate] = [:]
        for (files, entries) in Dictionary(grouping: byDomain, by: \.value) {
            read[files] = try TLSCertificate(files, for: entries.map(\.key).sorted())
        }
        self.byDomain = byDomain.compactMapValues { read[$0] }
        // Sessions keep this object for as long as they may call back.
        allclear_ssl_set_server_name_callback(
            self.standard.context, chooseCertificate, Unmanaged.passUnretained(self).toOpaque())
    }

    fileprivate func certificate(for name: String) -> TLSCertificate? { byDomain[name.lowercased()] }
}

private let chooseCertificate:
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
        session, _, certificates in
        guard let session, let certificates, let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
            return SSL_TLSEXT_ERR_OK
        }
        let chosen = Unmanaged<TLSCertificates>.fromOpaque(certificates).takeUnretainedValue()
            .certificate(for: String(cString: name))
        if let chosen { SSL_set_SSL_CTX(session, chosen.context) }
        return SSL_TLSEXT_ERR_OK
    }
