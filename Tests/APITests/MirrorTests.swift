import Foundation
import HTTPTypes
import Logging
import StatusPages
import TestSupport
import Testing

@testable import PublicPages
@testable import allclear

@Suite("Mirror", .timeLimit(.patientMinutes(5)))
struct MirrorTests {
    private let directory: TemporaryDirectory
    private var place: String { directory.file("mirror") }

    init() throws { directory = try TemporaryDirectory() }

    private func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(place)/\(path)").map(Array.init)
    }

    private func until(_ condition: () throws -> Bool) throws {
        for _ in 0..<1_000 {
            if try condition() { return }
            usleep(20_000)
        }
        Issue.record("the condition did not become true")
    }

    private func isCurrent(_ server: TestServer, showing text: String) -> Bool {
        let summary = bytes("acme/api/v1/summary").map { String(decoding: $0, as: UTF8.self) }
        return summary?.contains(text) == true && server.application.mirror.counts.pending == 0
    }

    @Test("Every document but the history and subscribe pages is a file with the served bytes, and follows changes")
    func documents() throws {
        let server = try TestServer(.socket) { $0.mirror = place }
        defer { server.remove() }
        let incident = try server.declare(key: "a")
        try until { isCurrent(server, showing: incident) }
        let documents = server.application.publisher.documents
        var count = 0
        for edition in documents.contents.editions {
            for (address, target) in edition.catalog.addresses {
                guard case .document(let index) = target else { continue }
                let kind = edition.catalog.items[index].kind
                let host = String(decoding: address.host, as: UTF8.self)
                let path = String(decoding: address.path, as: UTF8.self)
                let folder = host.isEmpty ? "" : "/_hosts/\(host)"
                let file = folder + (kind.isHTML ? "\(path == "/" ? "" : path)/index.html" : path)
                if path.hasSuffix("/history") || path.hasSuffix("/subscribe") {
                    #expect(bytes(file) == nil, "\(file)")
                    continue
                }
                let served = try server.call(.get, path, token: nil, host: host.isEmpty ? "localhost" : host)
                let isSame = bytes(file) == served.body
                #expect(isSame, "\(file)")
                count += 1
            }
        }
        #expect(count > 80)
        // The files that pages load.
        let page = String(decoding: try #require(bytes("_hosts/status.acme.example/index.html")), as: UTF8.self)
        for match in page.matches(of: /"(\/assets\/[^"]+)"/) {
            #expect(bytes(String(match.1.dropFirst())) != nil)
            #expect(bytes("_hosts/status.acme.example\(match.1)") != nil)
        }
        #expect(bytes("robots.txt") != nil)
        // The mirror keeps compressed forms that are smaller.
        #expect(bytes("acme/index.html.gz").map { $0.starts(with: [0x1F, 0x8B]) } == true)
        #expect(bytes("acme/index.html.br") != nil)
        try server.update(incident, #""incident_status": "resolved""#)
        try until { bytes("acme/api/v1/summary") == (try server.widget()).body }
    }

    @Test("A reload removes the files of a page that is gone, and can move the mirror or turn it off")
    func reload() throws {
        let server = try TestServer(.socket) { $0.mirror = place }
        defer { server.remove() }
        try until { bytes("acme/uk/index.html") != nil && server.application.mirror.counts.pending == 0 }
        #expect(server.reload { $0.pages = [testPages[1]] })
        try until { bytes("acme/index.html") == nil && bytes("_hosts/status.acme.example/index.html") == nil }
        try until { try FileManager.default.contentsOfDirectory(atPath: place) == [".allclear-mirror"] }
        #expect(server.reload { $0.pages = testPages })
        try until { bytes("acme/index.html") != nil }
        // A reload repairs files that something else has changed.
        try directory.write("broken", to: "mirror/acme/api/v1/summary")
        #expect(server.reload { _ in })
        try until { bytes("acme/api/v1/summary") == (try server.widget()).body }
        #expect(server.reload { $0.mirror = directory.file("other") })
        try until {
            FileManager.default.fileExists(atPath: directory.file("other/acme/index.html"))
                && server.application.mirror.counts.pending == 0
        }
        #expect(server.reload { $0.mirror = nil })
        let before = server.application.mirror.counts
        let incident = try server.declare(key: "a")
        #expect(try server.widget().text.contains(incident))
        #expect(server.application.mirror.counts == before)
        #expect(bytes("acme/index.html") != nil)
    }

    @Test("A failing mirror is reported, delays no write, and is updated once its directory works again")
    func failure() throws {
        let server = try TestServer(.socket) { $0.mirror = place }
        defer { server.remove() }
        try until { isCurrent(server, showing: "page_title") }
        // Nothing can be written below a file.
        try FileManager.default.removeItem(atPath: "\(place)/acme")
        try directory.write("in the way", to: "mirror/acme")
        let incident = try server.declare(key: "a")
        #expect(try server.widget().text.contains(incident))
        try until { server.application.mirror.counts.failed > 0 }
        #expect(server.application.mirror.counts.pending > 0)
        #expect(server.log.messages(.error).contains("the mirror is not up to date"))
        let metrics = try server.call(.get, "/metrics", token: nil).text
        #expect(!metrics.contains("\nallclear_mirror_pending 0\n"))
        #expect(!metrics.contains("\nallclear_mirror_failures_total 0\n"))
        try FileManager.default.removeItem(atPath: "\(place)/acme")
        try until { isCurrent(server, showing: incident) }
    }

    @Test("A server that stops writes its last changes first")
    func stop() throws {
        let server = try TestServer(.socket) { $0.mirror = place }
        var incident = ""
        for number in 0..<5 { incident = try server.declare(key: "\(number)") }
        server.remove()
        #expect(bytes("acme/api/v1/summary").map { String(decoding: $0, as: UTF8.self).contains(incident) } == true)
    }

    @Test("Midnight repairs the files of documents that did not change")
    func midnight() throws {
        let server = try TestServer(.socket) { $0.mirror = place }
        defer { server.remove() }
        try until { isCurrent(server, showing: "page_title") }
        try directory.write("broken", to: "mirror/acme/api/v1/summary")
        let tomorrow = Clock.now().advanced(byMilliseconds: 86_400_000)
        server.application.publisher.documents.keepCurrent(at: tomorrow)
        try until { isCurrent(server, showing: "page_title") }
    }
}
