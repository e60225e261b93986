import HTTPServer

/// Decides which settings of a new configuration a running server can apply.
extension Configuration {
    /// This configuration, but with the running values of the settings that need a restart.
    /// - Returns: also the names of the settings that a restart would change.
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
        keep(\.replication, "replication")
        keep(\.logFormat, "log.format")
        keep(\.http.eventLoops, "http.event_loops")
        keep(\.monitoring.listen, "monitoring.listen")
        return (new, unapplied)
    }
}

extension [ListenDeclaration] {
    /// For each declaration, the index of a matching one in `others`: at the same address, and both or neither with
    /// TLS.
    func places(in others: [ListenDeclaration]) -> [Int?] {
        var free = [Int](others.indices)
        return map { declaration in
            let found = free.firstIndex { place in
                others[place].address == declaration.address
                    && (others[place].tls == nil) == (declaration.tls == nil)
            }
            return found.map { free.remove(at: $0) }
        }
    }
}
