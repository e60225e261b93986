import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("New files")
struct NewFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("No file is created through a link, or over an existing file", arguments: ["link", "file", "none/file"])
    func taken(name: String) throws {
        try directory.write("precious", to: "file")
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("link"), withDestinationPath: directory.file("target"))
        #expect(NewFile(at: directory.file(name)) == nil)
        #expect(!FileManager.default.fileExists(atPath: directory.file("target")))
        #expect(FileManager.default.contents(atPath: directory.file("file")) == Data("precious".utf8))
    }

    @Test(
        "A database that root creates belongs to the owner of its directory", .enabled(if: getuid() == 0),
        arguments: [false, true])
    func owner(isLinked: Bool) throws {
        let home = directory.file("home")
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
        #expect(chown(home, 65_534, 65_534) == 0)
        let path = "\(home)/a.db"
        // The link belongs to the owner of the directory, but leads to root's directory. A file made there belongs to
        // root.
        let target = directory.file("target.db")
        if isLinked { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target) }
        let store = try Store(path: path)
        _ = try store.write { try $0.apply([Fixture.page], at: second(0), newID: TestIDs().next) }
        for suffix in ["", "-wal", "-shm"] {
            let status = try #require(FileStatus(of: (isLinked ? target : path) + suffix))
            #expect(status.owner == (isLinked ? 0 : 65_534), "\(suffix)")
            #expect(status.permissions == 0o600)
        }
        try store.close()
    }
}
