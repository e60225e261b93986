import COpenSSL
import Glibc
import Locking

/// The certificates that a server shows to TLS clients: a standard one, and others by server name (SNI).
public final class TLSContext: Sendable {
    private let current: Locked<TLSCertificates>

    /// - Parameters:
    ///   - standard: for clients that ask for no name, or for a name that is not listed.
    ///   - byDomain: for clients that ask for these names.
    /// - Throws: the first problem of each pair of files.
    public init(_ standard: TLSFiles, byDomain: [String: TLSFiles] = [:]) throws(TLSProblems) {
        current = Locked(try TLSCertificates(standard, byDomain))
    }

    /// Uses other certificates for new handshakes. Open connections keep theirs.
    func use(_ certificates: TLSCertificates) { current.withLock { $0 = certificates } }

    var certificates: TLSCertificates { current.withLock { $0 } }
}

/// The certificates of a context, as they were when the files were read.
final class TLSCertificates: Sendable {
    let standard: TLSCertificate
    /// The keys are in the form of `HostName.key`.
    private let byDomain: [String: TLSCertificate]

    init(_ standard: TLSFiles, _ byDomain: [String: TLSFiles]) throws(TLSProblems) {
        var problems = TLSProblems()
        var own: TLSCertificate?
        do throws(TLSProblem) { own = try TLSCertificate(standard) } catch { problems.standard = error }
        var read: [String: TLSCertificate] = [:]
        // Files that serve several domains are read once.
        for (files, entries) in Dictionary(grouping: byDomain, by: \.value) {
            do throws(TLSProblem) {
                let certificate = try TLSCertificate(files)
                for (domain, _) in entries {
                    let name = HostName.key(domain)
                    problems.byDomain[domain] = certificate.problem(for: name, in: files)
                    read[name] = certificate
                }
            } catch {
                for (domain, _) in entries { problems.byDomain[domain] = error }
            }
        }
        guard let own, problems.byDomain.isEmpty else { throw problems }
        self.standard = own
        self.byDomain = read
        // Each session retains this object, so the unretained pointer stays valid.
        allclear_ssl_set_server_name_callback(
            self.standard.context, chooseCertificate, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The end of each certificate, in seconds since the Unix epoch, and its domain; a nil domain means the standard
    /// certificate.
    var ends: [(domain: String?, end: Int)] {
        ([(nil, standard.end)] + byDomain.sorted { $0.key < $1.key }.map { ($0.key, $0.value.end) })
            .compactMap { domain, end in end.map { (domain, $0) } }
    }

    fileprivate func certificate(for name: String) -> TLSCertificate? { byDomain[HostName.key(name)] }
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
