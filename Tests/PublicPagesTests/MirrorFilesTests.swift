import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Files of a mirror")
struct MirrorFilesTests {
    private let directory: TemporaryDirectory
    private var place: String { directory.file("mirror") }

    init() throws { directory = try TemporaryDirectory() }

    private static func copy(_ path: String, _ body: String, host: String = "") -> DocumentCopy {
        let delivery = Document.Delivery(mediaType: "text/plain", cacheControl: "no-store", fields: [:])
        return DocumentCopy(
            host: host, path: path, Document.make(Array(body.utf8), delivery, previous: nil, now: 0))
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: "\(place)/\(path)").map { String(decoding: $0, as: UTF8.self) }
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(place)/\(path)") }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(place)/\(path)")[.posixPermissions] as? Int
    }

    private func number(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(place)/\(path)")[.systemFileNumber] as? Int
    }

    private static let long = String(repeating: "long enough to be compressed, ", count: 20)

    @Test(
        "The path of a file follows from the address",
        arguments: [
            ("", "/acme/api/v1/summary", false, "acme/api/v1/summary"), ("", "/acme", true, "acme/index.html"),
            ("", "/acme/uk", true, "acme/uk/index.html"),
            ("status.example", "/", true, "_hosts/status.example/index.html"),
            ("status.example", "/feed.rss", false, "_hosts/status.example/feed.rss"),
        ])
    func path(_ host: String, _ path: String, _ isDirectory: Bool, _ expected: String) {
        let document = Self.copy("", "").document
        #expect(DocumentCopy(host: host, path: path, document, isDirectory: isDirectory).path == expected)
    }

    @Test("A document gets a file, and files with its compressed forms if those are smaller")
    func forms() throws {
        let files = try MirrorFiles(place)
        let copy = Self.copy("/acme/feed.json", Self.long)
        try files.list([copy.path])
        #expect(try files.write(copy))
        #expect(text(copy.path) == Self.long)
        let (gzip, brotli) = copy.document.compressedBodies
        #expect(FileManager.default.contents(atPath: "\(place)/acme/feed.json.gz").map(Array.init) == gzip)
        #expect(FileManager.default.contents(atPath: "\(place)/acme/feed.json.br").map(Array.init) == brotli)
        #expect(try mode(copy.path) == 0o644)
        #expect(try mode("acme") == 0o755)
        #expect(try mode(".allclear-mirror") == 0o600)
        #expect(try files.write(Self.copy("/acme/feed.json", "x")))
        #expect(text(copy.path) == "x")
        #expect(!exists("acme/feed.json.gz"))
        #expect(!exists("acme/feed.json.br"))
    }

    @Test("A file is replaced only if the document changed, even by the next server")
    func unchanged() throws {
        let copy = Self.copy("/acme/feed.json", Self.long)
        let number: Int?
        do {
            let files = try MirrorFiles(place)
            try files.list([copy.path])
            #expect(try files.write(copy))
            number = try self.number(copy.path)
            #expect(try !files.write(copy))
        }
        let files = try MirrorFiles(place)
        #expect(try !files.write(copy))
        #expect(try self.number(copy.path) == number)
        // Another program changes a file.
        try directory.write("broken", to: "mirror/acme/feed.json")
        #expect(try !files.write(copy))
        files.forgetContents()
        #expect(try files.write(copy))
        #expect(text(copy.path) == Self.long)
    }

    @Test("Files that are no longer needed are removed, even those of an earlier server; other programs' files stay")
    func removal() throws {
        let stays = Self.copy("/acme/feed.json", Self.long)
        let goes = Self.copy("/acme/uk/api/v1/summary", Self.long)
        do {
            let files = try MirrorFiles(place)
            try files.list([stays.path, goes.path])
            _ = try files.write(stays)
            _ = try files.write(goes)
        }
        try directory.write("mine", to: "mirror/mine.txt")
        let files = try MirrorFiles(place)
        #expect(try files.keep(only: [stays.path]) == 1)
        #expect(!exists("acme/uk"))
        #expect(text(stays.path) == Self.long)
        #expect(try files.keep(only: []) == 1)
        #expect(!exists("acme"))
        #expect(text("mine.txt") == "mine")
        #expect(try files.keep(only: []) == 0)
    }

    @Test("A list cannot name files outside of the directory")
    func outside() throws {
        try directory.write("mine", to: "mine.txt")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try directory.write(
            "../mine.txt\n\(directory.file("mine.txt"))\na/../../mine.txt\n", to: "mirror/.allclear-mirror")
        let files = try MirrorFiles(place)
        #expect(try files.keep(only: []) == 0)
        #expect(FileManager.default.fileExists(atPath: directory.file("mine.txt")))
    }

    @Test("Links are not followed")
    func links() throws {
        let files = try MirrorFiles(place)
        try FileManager.default.createDirectory(atPath: directory.file("other"), withIntermediateDirectories: true)
        try directory.write("mine", to: "other/feed.json")
        let copy = Self.copy("/acme/feed.json", Self.long)
        try FileManager.default.createSymbolicLink(
            atPath: "\(place)/acme", withDestinationPath: directory.file("other"))
        try files.list([copy.path])
        #expect(throws: MirrorFiles.Failure.self) { try files.write(copy) }
        #expect(FileManager.default.contents(atPath: directory.file("other/feed.json")) == Data("mine".utf8))
        try FileManager.default.removeItem(atPath: "\(place)/acme")
        try FileManager.default.createDirectory(atPath: "\(place)/acme", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(place)/acme/feed.json", withDestinationPath: directory.file("other/feed.json"))
        #expect(try files.write(copy))
        #expect(text(copy.path) == Self.long)
        #expect(FileManager.default.contents(atPath: directory.file("other/feed.json")) == Data("mine".utf8))
    }

    @Test("Only an empty directory, or one of a mirror, can be used")
    func others() throws {
        #expect(MirrorFiles.problem(with: place) == nil)
        #expect(MirrorFiles.problem(with: directory.file("no/mirror"))?.contains("parent") == true)
        try directory.write("mine", to: "mine.txt")
        #expect(MirrorFiles.problem(with: directory.path)?.contains("contains other files") == true)
        #expect(MirrorFiles.problem(with: directory.file("mine.txt"))?.contains("Not a directory") == true)
        #expect(throws: MirrorFiles.Failure.self) { try MirrorFiles(directory.path) }
        let files = try MirrorFiles(place)
        #expect(MirrorFiles.problem(with: place) == nil)
        try files.list(["a"])
        #expect(MirrorFiles.problem(with: place) == nil)
    }

    @Test("A second server waits for the first")
    func inUse() throws {
        var first: MirrorFiles? = try MirrorFiles(place)
        #expect(throws: MirrorFiles.InUse.self) { try MirrorFiles(place) }
        #expect(first != nil)
        first = nil
        #expect(throws: Never.self) { try MirrorFiles(place) }
    }
}
