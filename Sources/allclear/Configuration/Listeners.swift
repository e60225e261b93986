import HTTPServer
import JSONInput

extension Configuration {
    /// The listeners as the server needs them, their certificates read.
    /// - Throws: everything that is wrong with the certificates and keys.
    func makeListeners() throws(InvalidConfiguration) -> [Listener] {
        var problems: [ConfigurationProblem] = []
        // A page's certificate is read for each listener, but is only one problem.
        var ofPages: [String: TLSProblem] = [:]
        let filesByDomain = domainCertificates.mapValues(\.files)
        let listeners = listen.compactMap { declaration -> Listener? in
            do throws(TLSProblems) {
                var context: TLSContext?
                if let files = declaration.tls { context = try TLSContext(files, byDomain: filesByDomain) }
                return Listener(
                    declaration.address, tls: context, redirectPort: declaration.redirectPort,
                    strictTransportSecurity: declaration.hstsSeconds)
            } catch {
                if let problem = error.standard {
                    problems.append(problem.noted(at: declaration.pointer.appending("tls")))
                }
                ofPages.merge(error.byDomain) { $1 }
                return nil
            }
        }
        let noted = domainCertificates.compactMap { domain, certificate in
            ofPages[domain]?.noted(at: certificate.pointer)
        }
        // In the order of the pages: the longer number is the larger one.
        problems += noted.sorted { ($0.place.utf8.count, $0.place) < ($1.place.utf8.count, $1.place) }
        guard problems.isEmpty else { throw InvalidConfiguration(file: file, problems: problems) }
        return listeners
    }
}

extension TLSProblem {
    fileprivate func noted(at pointer: JSONPointer) -> ConfigurationProblem {
        ConfigurationProblem(place: "\(pointer)", message: description)
    }
}
