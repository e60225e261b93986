import HTTPServer
import JSONInput
import Storage

extension Configuration {
    /// The listeners for the server, with their certificates loaded.
    /// - Throws: every problem with the certificates and keys.
    func makeListeners() throws(InvalidConfiguration) -> [Listener] {
        let (listeners, problems) = readListeners()
        guard problems.isEmpty else { throw InvalidConfiguration(file: file, problems: problems) }
        return listeners
    }

    /// The listeners whose certificates and keys are valid, and every problem with the others.
    func readListeners() -> (listeners: [Listener], problems: [ConfigurationProblem]) {
        var problems: [ConfigurationProblem] = []
        // A page's certificate is read once for each listener, but is reported only once.
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
                if let files = declaration.tls, let problem = error.standard {
                    problems += self.problems(problem, with: files, at: declaration.pointer.appending("tls"))
                }
                ofPages.merge(error.byDomain) { $1 }
                return nil
            }
        }
        // Sort by page: the shorter pointer has the smaller index.
        let certificates = domainCertificates.sorted {
            ("\($0.value.pointer)".utf8.count, "\($0.value.pointer)") < (
                "\($1.value.pointer)".utf8.count, "\($1.value.pointer)"
            )
        }
        for (domain, certificate) in certificates {
            guard let problem = ofPages[domain] else { continue }
            problems += self.problems(problem, with: certificate.files, at: certificate.pointer)
        }
        return (listeners, problems)
    }

    /// The problem with the database's path, if there is one.
    var databaseProblem: ConfigurationProblem? {
        guard let reason = DatabaseFile(database).misplacement else { return nil }
        let rule = "is \(database.quoted), which cannot be used: \(reason)"
        if let databaseVariable {
            return ConfigurationProblem(place: databaseVariable, message: "\(databaseVariable) \(rule)")
        }
        return problem(at: .root.appending("database"), rule)
    }

    /// - Parameter problem: the first problem that OpenSSL found. It does not check the key if the certificate is
    ///   invalid.
    private func problems(
        _ problem: TLSProblem, with files: TLSFiles, at pointer: JSONPointer
    ) -> [ConfigurationProblem] {
        if files.certificate == files.key {
            return [self.problem(at: pointer, "names \(problem.file.quoted), which \(problem.message)")]
        }
        return [("certificate", files.certificate), ("key", files.key)].compactMap { name, path in
            var reason = problem.file == path ? problem.message : nil
            if reason == nil {
                do throws(FileContents.Unreadable) { _ = try FileContents.read(path) } catch {
                    reason = "cannot be read: \(error)"
                }
            }
            return reason.map { self.problem(at: pointer.appending(name), "is \(path.quoted), which \($0)") }
        }
    }

    func problem(at pointer: JSONPointer, _ rule: String) -> ConfigurationProblem {
        guard let text else { return ConfigurationProblem(place: "\(pointer)", message: "\(pointer.subject) \(rule)") }
        return text.problem(JSONFault(.value, pointer, rule))
    }
}
