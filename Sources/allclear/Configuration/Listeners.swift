import HTTPServer
import JSONInput

extension Configuration {
    /// The listeners as the server needs them, their certificates read.
    /// - Throws: everything that is wrong with the certificates and keys.
    func makeListeners() throws(InvalidConfiguration) -> [Listener] {
        var problems: [ConfigurationProblem] = []
        let listeners = listen.compactMap { declaration -> Listener? in
            do throws(TLSProblem) {
                var context: TLSContext?
                if let files = declaration.tls { context = try TLSContext(files, byDomain: domainCertificates) }
                return Listener(
                    declaration.address, tls: context, redirectPort: declaration.redirectPort,
                    strictTransportSecurity: declaration.hstsSeconds)
            } catch {
                let place = "\(declaration.pointer.appending("tls"))"
                let problem = ConfigurationProblem(place: place, message: error.description)
                // A page's certificate is read for each listener, but is only one problem.
                if !problems.contains(where: { $0.message == problem.message }) { problems.append(problem) }
                return nil
            }
        }
        guard problems.isEmpty else { throw InvalidConfiguration(file: file, problems: problems) }
        return listeners
    }
}
