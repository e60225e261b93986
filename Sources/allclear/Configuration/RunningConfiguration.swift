import HTTPServer

/// What of a configuration a server that runs can take over.
extension Configuration {
    /// This configuration, with what changes only at a start as it is in the running one.
    /// - Returns: with it, the names of the settings that would be others after a restart.
    func applicable(to running: Configuration) -> (configuration: Configuration, unapplied: [String]) {
        var new = self
        var unapplied: [String] = []
        func keep<Value: Equatable>(_ path: WritableKeyPath<Configuration, Value>, _ name: String) {
            if new[keyPath: path] != running[keyPath: path] { unapplied.append(name) }
            new[keyPath: path] = running[keyPath: path]
        }
        let places = running.listen.places(in: listen)
        if places.contains(nil) || places.count < listen.count { unapplied.append("listen") }
        new.listen = zip(running.listen, places).map { running, place in place.map { listen[$0] } ?? running }
        keep(\.database, "database")
        keep(\.logFormat, "log.format")
        keep(\.http.eventLoops, "http.event_loops")
        keep(\.monitoring.listen, "monitoring.listen")
        return (new, unapplied)
    }
}

extension [ListenDeclaration] {
    /// Where among others those stand that these can go on as: at the same address, both with TLS or both without.
    func places(in others: [ListenDeclaration]) -> [Int?] {
        var free = Array<Int>(others.indices)
        return map { declaration in
            let found = free.firstIndex { place in
                others[place].address == declaration.address
                    && (others[place].tls == nil) == (declaration.tls == nil)
            }
            return found.map { free.remove(at: $0) }
        }
    }
}
