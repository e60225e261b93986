import COpenSSL
import Glibc
import Locking

/// What a server shows to those who come by TLS: a certificate, and others for those who ask for certain names (SNI).
public final class TLSContext: Sendable {
    private let current: Locked<TLSCertificates>

    /// - Parameters:
    ///   - standard: for clients that ask for no name, or one not listed.
    ///   - byDomain: for clients that ask for these names.
    /// - Throws: what is wrong with the files, of each the first thing found.
    public init(_ standard: TLSFiles, byDomain: [String: TLSFiles] = [:]) throws(TLSProblems) {
        current = Locked(try TLSCertificates(standard, byDomain))
    }

    /// Shows other certificates in the handshakes that come. Connections that are open keep what they were shown.
    func use(_ certificates: TLSCertificates) { current.withLock { $0 = certificates } }

    var certificates: TLSCertificates { current.withLock { $0 } }
}

/// The certificates of a context as they were read at one time.
final class TLSCertificates: Sendable {
    let standard: TLSCertificate
    /// By names as `HostName` has them.
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
        // Sessions keep this object for as long as they may call back.
        allclear_ssl_set_server_name_callback(
            self.standard.context, chooseCertificate, Unmanaged.passUnretained(self).toOpaque())
    }

    /// When each of them ends, in seconds since the Unix epoch, and for which domain; nil is for all others.
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
