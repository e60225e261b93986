import HTTPServer

/// Finds widgets by host and path, from the received bytes, without making a string.
///
/// A class, because every read uses it. With a struct, each use would retain all its members.
final class WidgetTable: Sendable {
    struct Entry: Sendable {
        let address: WidgetAddress
        let snapshot: WidgetSnapshot
    }

    private let entries: [Entry]
    /// Open addressing: indices into `entries`, or -1 for an empty slot. The size is a power of two, and at most half
    /// of the slots are used.
    private let slots: [Int32]
    /// Whether any page has a domain. If not, lookups ignore the host.
    let hasDomains: Bool

    init(_ entries: [Entry]) {
        self.entries = entries
        hasDomains = entries.contains { !$0.address.host.isEmpty }
        var size = 8
        while size < entries.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        for (index, entry) in entries.enumerated() {
            let hash = entry.address.host.withUnsafeBufferPointer { host in
                entry.address.path.withUnsafeBufferPointer { Self.hash(host, $0) }
            }
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(index)
        }
        self.slots = slots
    }

    static let empty = WidgetTable([])

    /// The widget at that path on a page's own domain, or otherwise the widget under the page's slug.
    func find(authority: Bytes, path: Bytes) -> WidgetSnapshot? { find(authority: authority, path: path) { $0 } }

    /// Calls `make` with that widget.
    @inline(__always)
    func find<Result>(authority: Bytes, path: Bytes, _ make: (WidgetSnapshot) -> Result) -> Result? {
        guard let index = index(authority: authority, path: path) else { return nil }
        // Avoids a retain: this immutable table holds the snapshot.
        return Unmanaged.passUnretained(entries[index].snapshot)._withUnsafeGuaranteedRef(make)
    }

    func findEntry(authority: Bytes, path: Bytes) -> Entry? {
        index(authority: authority, path: path).map { entries[$0] }
    }

    func find(_ address: WidgetAddress) -> WidgetSnapshot? {
        address.host.withUnsafeBufferPointer { host in
            address.path.withUnsafeBufferPointer { index(host: host, path: $0) }
        }.map { entries[$0].snapshot }
    }

    private func index(authority: Bytes, path: Bytes) -> Int? {
        if hasDomains, let found = index(host: HostName.host(of: authority), path: path) { return found }
        return index(host: Bytes(start: nil, count: 0), path: path)
    }

    /// - Parameters:
    ///   - host: in the form of `HostName.host(of:)`; empty for addresses under the server's own host.
    ///   - path: of the page or sub-page.
    private func index(host: Bytes, path: Bytes) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(host, path)) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if entries[index].address.matches(host: host, path: path) { return index }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Hashes the host in lower case and the path, eight bytes at a time. Clients choose what is looked up, but not
    /// what is in the table. So they cannot fill it with colliding entries.
    private static func hash(_ host: Bytes, _ path: Bytes) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        host.forEachWord { hash = mix(hash, ASCII.lowercased($0)) }
        path.forEachWord { hash = mix(hash, $0) }
        return hash
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        // Multiplication mixes mostly the high bits, but the slot is chosen by the low bits.
        return product ^ product &>> 32
    }
}

extension Bytes {
    /// Calls `body` with every eight bytes as a number, then with the remaining bytes as another.
    @inline(__always)
    fileprivate func forEachWord(_ body: (UInt64) -> Void) {
        let bytes = UnsafeRawBufferPointer(self)
        var offset = 0
        while offset &+ 8 <= count {
            body(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        guard offset < count else { return }
        var rest: UInt64 = 0
        while offset < count {
            rest = rest &<< 8 | UInt64(bytes[offset])
            offset &+= 1
        }
        body(rest)
    }
}

/// The address of a widget.
struct WidgetAddress: Equatable, Sendable {
    /// In the form of `HostName`; empty for an address under the server's own host.
    let host: [UInt8]
    /// The path of the page or sub-page: empty, or segments that each start with a slash.
    let path: [UInt8]

    init(host: String, path: String) {
        self.host = Array(HostName.key(host).utf8)
        self.path = Array(path.utf8)
    }

    func matches(host: Bytes, path: Bytes) -> Bool {
        guard self.host.count == host.count, self.path.count == path.count else { return false }
        for index in 0..<host.count where self.host[index] != ASCII.lowercased(host[index]) { return false }
        return path.equals(self.path)
    }
}
