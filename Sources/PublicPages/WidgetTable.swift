import HTTPServer

/// Where every widget is found: by host and path, from bytes as they were received, without making a string.
///
/// A class, as what it has is looked at on every read: a structure would have each of its parts counted as held.
final class WidgetTable: Sendable {
    struct Entry: Sendable {
        let address: WidgetAddress
        let snapshot: WidgetSnapshot
    }

    private let entries: [Entry]
    /// Open addressing: indices into `entries`, -1 where there is none. A power of two of them, at most half used.
    private let slots: [Int32]
    /// Whether any page has a domain, without which hosts need not be looked at.
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

    /// The widget at that path on a page's own domain, if the request is for one, else by slug.
    func find(authority: Bytes, path: Bytes) -> WidgetSnapshot? { find(authority: authority, path: path) { $0 } }

    /// What is made of that widget.
    @inline(__always)
    func find<Result>(authority: Bytes, path: Bytes, _ make: (WidgetSnapshot) -> Result) -> Result? {
        guard let index = index(authority: authority, path: path) else { return nil }
        // Not counted as held: it is held here, and nothing here changes.
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
    ///   - host: as `HostName.host(of:)` has it; empty for the addresses under the server's own host.
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

    /// A product over both, the host in lower case, eight bytes at a time. What is looked for may be chosen by anyone, but
    /// not what is found: nobody can fill the table with what collides.
    private static func hash(_ host: Bytes, _ path: Bytes) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        host.forEachWord { hash = mix(hash, ASCII.lowercased($0)) }
        path.forEachWord { hash = mix(hash, $0) }
        return hash
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        // What a multiplication mixes is high, and what is used of a hash is low.
        return product ^ product &>> 32
    }
}

extension Bytes {
    /// Calls `body` with each eight bytes as a number, and with those that are left at the end as another.
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

/// Where a widget is served.
struct WidgetAddress: Equatable, Sendable {
    /// As `HostName` has it; empty for an address under the server's own host.
    let host: [UInt8]
    /// Of the page or sub-page: nothing, or segments with a slash before each.
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
