import Foundation
import TestSupport

/// A small file system. Only root can create one.
final class FullDisk {
    struct Impossible: Error {}

    static let isPossible: Bool = (try? FullDisk()) != nil

    private let directory: TemporaryDirectory
    var path: String { directory.path }

    init(kibibytes: Int = 64) throws {
        directory = try TemporaryDirectory()
        guard getuid() == 0, Self.run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", directory.path)
        else {
            throw Impossible()
        }
    }

    deinit { _ = Self.run("umount", "--lazy", directory.path) }

    /// Fills the disk, except for this number of pages of 4 KiB.
    func fill(butFor pagesLeft: Int = 0) throws {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        guard descriptor >= 0 else { throw Impossible() }
        let page = [UInt8](repeating: 0, count: 4_096)
        var size = 0
        while write(descriptor, page, page.count) > 0 { size += page.count }
        ftruncate(descriptor, off_t(size - pagesLeft * page.count))
        close(descriptor)
    }

    /// Makes room again.
    func clear() { unlink(path + "/filler") }

    private static func run(_ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
