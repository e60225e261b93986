import Foundation
import TestSupport

/// A file system of 64 KiB. Root alone can make one.
final class FullDisk {
    struct Impossible: Error {}

    static let isPossible: Bool = (try? FullDisk()) != nil

    private let directory: TemporaryDirectory
    var path: String { directory.path }

    init() throws {
        directory = try TemporaryDirectory()
        guard getuid() == 0, Self.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.path) else {
            throw Impossible()
        }
    }

    deinit { _ = Self.run("umount", "--lazy", directory.path) }

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
