import HTTPServer
import JSONInput

/// A configured address to listen on.
struct ListenDeclaration: Equatable {
    var address: SocketAddress
    /// Its place in the configuration.
    var pointer = JSONPointer.root.appending("listen")
    var tls: TLSFiles?
    /// Seconds for which browsers must use only HTTPS after an HTTPS answer (HSTS); 0 disables it.
    var hstsSeconds = 0
    /// The port of the HTTPS URL to which every request is redirected. Nil: requests are not redirected.
    var redirectPort: UInt16?
}

/// A configured certificate of one page.
struct DomainCertificate: Equatable {
    var files: TLSFiles
    /// Its place in the configuration.
    var pointer: JSONPointer
}

/// Reads `listen`.
struct ListenReader {
    private let reader: JSONReader

    init(_ reader: JSONReader) { self.reader = reader }

    /// - Returns: nil if the configuration does not have it.
    func read() -> [ListenDeclaration]? {
        let elements = reader.stringsOrObjects(
            "listen", string: ConfigurationValues.listenExample, object: #"an object with "address""#)
        guard let elements else { return nil }
        if elements.isEmpty { note(.root.appending("listen"), "must have at least one address") }
        var seen: [SocketAddress] = []
        return elements.compactMap { element in
            guard let declaration = declaration(element) else { return nil }
            let address = declaration.address
            if let other = seen.first(where: address.overlaps) {
                let verb = other.canonical == address.canonical ? "repeats" : "overlaps"
                note(declaration.pointer, "\(verb) the address \(other.description.quoted)")
            }
            seen.append(address)
            return declaration
        }
    }

    private func declaration(_ element: JSONReader.StringOrObject) -> ListenDeclaration? {
        switch element {
        case .string(let text, let pointer):
            return parsed(text, at: pointer).map { ListenDeclaration(address: $0, pointer: pointer) }
        case .object(let reader):
            defer { reader.refuseUnknownMembers() }
            let place = reader.pointer.appending("address")
            if !reader.has("address") { note(place, "is required: \(ConfigurationValues.listenExample)") }
            let address = reader.string("address").flatMap { parsed($0, at: place) }
            let tls = reader.object("tls").map(files)
            // Five years. Browsers' preload lists require at least one.
            let strictSeconds = reader.integer("hsts_seconds", in: 0...157_680_000)
            let port = reader.integer("redirect_to_https_port", in: 1...65_535)
            if tls != nil, port != nil {
                note(
                    reader.pointer.appending("redirect_to_https_port"),
                    "has no effect together with tls; remove one of them")
            }
            guard let address else { return nil }
            return ListenDeclaration(
                address: address, pointer: reader.pointer, tls: tls ?? nil, hstsSeconds: strictSeconds ?? 0,
                redirectPort: port.map(UInt16.init))
        }
    }

    private func files(_ reader: JSONReader) -> TLSFiles? {
        defer { reader.refuseUnknownMembers() }
        return reader.tlsFiles()
    }

    private func parsed(_ text: String, at pointer: JSONPointer) -> SocketAddress? {
        switch ConfigurationValues.listen(text) {
        case .value(let address): return address
        case .problem(let message):
            reader.faults.note(JSONFault(.format, pointer, message))
            return nil
        }
    }

    private func note(_ pointer: JSONPointer, _ message: String) {
        if !reader.faults.covers(pointer) { reader.faults.note(JSONFault(.value, pointer, message)) }
    }
}

extension JSONReader {
    /// Reads the members `certificate` and `key`. Both are required.
    func tlsFiles() -> TLSFiles? {
        func path(_ name: String) -> String? {
            let text = string(name)
            if !has(name) {
                faults.note(JSONFault(.missing, pointer.appending(name), "is required: the path of a PEM file"))
            }
            if text == "" {
                faults.note(JSONFault(.value, pointer.appending(name), "must be the path of a PEM file"))
            }
            return text == "" ? nil : text
        }
        let certificate = path("certificate")
        let key = path("key")
        guard let certificate, let key else { return nil }
        return TLSFiles(certificate: certificate, key: key)
    }
}
