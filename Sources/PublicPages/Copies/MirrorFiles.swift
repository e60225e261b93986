import Glibc

/// The files of a mirror in their directory. Each is replaced by a rename, so readers get the old or the new file.
///
/// Only one server at a time writes to a directory. A list names the files that servers wrote, so that a later server
/// can remove those that are no longer needed. Other files stay. Nothing is synced: the next start repairs files that
/// a power failure damaged.
final class MirrorFiles {
    /// Why the files cannot be written.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let action: String
        let path: String
        let reason: String

        var description: String { "cannot \(action) \(path): \(reason)" }

        static func last(_ action: String, _ path: String) -> Failure {
            Failure(action: action, path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Another server writes to the directory.
    struct InUse: Error, CustomStringConvertible {
        let path: String

        var description: String { "another server writes the mirror in \(path)" }
    }

    /// The name of the list. It may name pages that are not public, so only its owner can read it.
    private static let listName = ".allclear-mirror"

    private let directory: String
    private let root: Descriptor
    /// The paths in the list.
    private var listed: Set<String>
    /// The digests of the documents that are known to be in their files.
    private var contents: [String: String] = [:]

    /// Creates the directory if it does not exist.
    init(_ directory: String) throws {
        self.directory = directory
        if mkdir(directory, 0o755) == 0 { chmod(directory, 0o755) }
        root = Descriptor(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard root.isOpen else { throw Failure.last("open", directory) }
        // Not every file system has locks.
        if flock(root.number, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { throw InUse(path: directory) }
        guard let list = Self.read(Self.listName, in: root) else {
            if let problem = Self.problem(with: directory) {
                throw Failure(action: "write a mirror to", path: directory, reason: problem)
            }
            listed = []
            return
        }
        let lines = list.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        listed = Set(lines.filter(Self.isInside))
    }

    /// Why a mirror cannot be in a directory, as a predicate; nil if it can.
    static func problem(with directory: String) -> String? {
        guard let stream = opendir(directory) else {
            if errno != ENOENT { return "cannot be read: \(String(cString: strerror(errno)))" }
            let parent = directory.reversed().drop { $0 == "/" }.drop { $0 != "/" }
            let exists = access(parent.isEmpty ? "." : String(parent.reversed()), F_OK) == 0
            return exists ? nil : "cannot be created, because its parent directory does not exist"
        }
        defer { closedir(stream) }
        // The memory of an entry ends with its name. So read only the bytes of the name, not the whole array `d_name`.
        guard let place = MemoryLayout<dirent>.offset(of: \.d_name) else { return "cannot be read" }
        var others = false
        while let entry = readdir(stream) {
            let name = String(cString: (UnsafeRawPointer(entry) + place).assumingMemoryBound(to: CChar.self))
            if name == listName { return nil }
            if ![".", "..", temporary(listName)].contains(name) { others = true }
        }
        return others ? "contains other files; name an empty directory" : nil
    }

    /// Whether a path of the list stays below the directory.
    private static func isInside(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
    }

    /// Compares each document with its files again before the next write.
    func forgetContents() { contents = [:] }

    /// Adds paths to the list, before their files exist.
    func list(_ paths: Set<String>) throws {
        if !paths.isSubset(of: listed) { try writeList(listed.union(paths)) }
    }

    private func writeList(_ paths: Set<String>) throws {
        let text = paths.sorted().map { $0 + "\n" }.joined()
        try replace(Self.listName, in: root, with: Array(text.utf8), mode: 0o600)
        listed = paths
    }

    /// Writes a document and its compressed forms, if they are not there yet.
    /// - Returns: whether any file changed.
    func write(_ copy: DocumentCopy) throws -> Bool {
        guard contents[copy.path] != copy.document.digest else { return false }
        let (folder, name) = try folder(of: copy.path, making: true)
        guard let folder else { return false }
        let (gzip, brotli) = copy.document.compressedBodies
        var isChanged = false
        for (ending, body) in [("", copy.document.body), (".gz", gzip), (".br", brotli)] {
            let name = name + ending
            if let body {
                if Self.read(name, in: folder, size: body.count) == body { continue }
                try replace(name, in: folder, with: body, mode: 0o644)
            } else if unlinkat(folder.number, name, 0) != 0 {
                guard errno == ENOENT else { throw Failure.last("remove", "\(directory)/\(copy.path)\(ending)") }
                continue
            }
            isChanged = true
        }
        contents[copy.path] = copy.document.digest
        return isChanged
    }

    /// Removes the files of all other documents, and the folders that they leave empty.
    /// - Returns: how many documents are gone.
    func keep(only paths: Set<String>) throws -> Int {
        let gone = listed.subtracting(paths)
        guard !gone.isEmpty else { return 0 }
        for path in gone {
            contents[path] = nil
            let (folder, name) = try self.folder(of: path, making: false)
            guard let folder else { continue }
            for name in [name, name + ".gz", name + ".br", Self.temporary(name)]
            where unlinkat(folder.number, name, 0) != 0 && errno != ENOENT {
                throw Failure.last("remove", "\(directory)/\(path)")
            }
            var parents = path.split(separator: "/").dropLast()
            while !parents.isEmpty {
                let (folder, name) = try self.folder(of: parents.joined(separator: "/"), making: false)
                if let folder { unlinkat(folder.number, name, AT_REMOVEDIR) }
                parents.removeLast()
            }
        }
        try writeList(paths)
        return gone.count
    }

    // MARK: Single files

    /// Opens the folder of a path, without following links.
    /// - Returns: the folder (nil if it does not exist) and the name of the file.
    private func folder(of path: String, making: Bool) throws -> (folder: Descriptor?, name: String) {
        let names = path.split(separator: "/").map(String.init)
        var folder = root
        for name in names.dropLast() {
            let isNew = making && mkdirat(folder.number, name, 0o755) == 0
            let next = Descriptor(openat(folder.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
            guard next.isOpen else {
                if errno == ENOENT, !making { return (nil, "") }
                throw Failure.last("open the directory of", "\(directory)/\(path)")
            }
            // Static hosts must be able to read the files, whatever the process's umask is.
            if isNew { fchmod(next.number, 0o755) }
            folder = next
        }
        return (folder, names.last ?? "")
    }

    private static func temporary(_ name: String) -> String { ".\(name).partial" }

    private func replace(_ name: String, in folder: Descriptor, with bytes: [UInt8], mode: mode_t) throws {
        let temporary = Self.temporary(name)
        unlinkat(folder.number, temporary, 0)
        let file = Descriptor(
            openat(folder.number, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600))
        guard file.isOpen else { throw Failure.last("make", "\(temporary) in \(directory)") }
        guard file.write(bytes), fchmod(file.number, mode) == 0,
            renameat(folder.number, temporary, folder.number, name) == 0
        else {
            let failure = Failure.last("write", "\(name) in \(directory)")
            unlinkat(folder.number, temporary, 0)
            throw failure
        }
    }

    /// The content of a file; nil if it cannot be read, or has another size.
    private static func read(_ name: String, in folder: Descriptor, size: Int? = nil) -> [UInt8]? {
        let file = Descriptor(openat(folder.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
        var status = stat()
        guard file.isOpen, fstat(file.number, &status) == 0, size ?? Int(status.st_size) == Int(status.st_size) else {
            return nil
        }
        return file.read(Int(status.st_size))
    }
}

/// A file descriptor that is closed with this object.
private final class Descriptor {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { if isOpen { close(number) } }

    var isOpen: Bool { number >= 0 }

    /// - Returns: false if that fails, with the reason in `errno`.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// - Returns: nil if the file ends sooner.
    func read(_ size: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(number, UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).baseAddress, size - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }
}
