import HTTPServer
import Testing

@testable import allclear

@Suite("Settings that a running server can apply")
struct RunningConfigurationTests {
    private func place(
        _ port: UInt16, tls: String? = nil, strict: Int = 0, redirect: UInt16? = nil
    ) -> ListenDeclaration {
        ListenDeclaration(
            address: SocketAddress(host: "::", port: port),
            tls: tls.map { TLSFiles(certificate: "\($0).crt", key: "\($0).key") }, hstsSeconds: strict,
            redirectPort: redirect)
    }

    private func configuration(_ listen: [ListenDeclaration]) -> Configuration {
        var configuration = Configuration()
        configuration.listen = listen
        return configuration
    }

    @Test("Listeners are matched by address, in any order, unless TLS is added or removed")
    func places() {
        let running = [place(80), place(443, tls: "a"), place(8443, tls: "a"), place(0), place(0)]
        let new = [
            place(0), place(443, tls: "b", strict: 60), place(8443), place(80, redirect: 443), place(0), place(81),
        ]
        #expect(running.places(in: new) == [3, 1, nil, 0, 4])
        let (taken, unapplied) = configuration(new).applicable(to: configuration(running))
        #expect(taken.listen == [new[3], new[1], running[2], new[0], new[4]])
        #expect(unapplied == ["listen"])
    }

    @Test("Reordered addresses need no restart, a removed one does")
    func orders() {
        let running = configuration([place(80), place(443, tls: "a")])
        #expect(configuration(running.listen.reversed()).applicable(to: running).unapplied == [])
        #expect(configuration([place(80)]).applicable(to: running).unapplied == ["listen"])
    }

    @Test("The default public URL is the address that the server listens on")
    func serverURL() {
        let running = configuration([place(80)])
        #expect(configuration([place(8080)]).applicable(to: running).configuration.serverURL == "http://localhost:80")
    }
}
