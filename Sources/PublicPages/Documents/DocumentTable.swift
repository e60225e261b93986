import HTTPServer

/// Finds documents by host and whole path, from the received bytes, without making a string. It changes only when a
/// page does.
///
/// A class, because every read uses it. With a struct, each use would retain all its members.
final class DocumentTable: Sendable {
    /// The target of an address. It holds no reference, so copies cost nothing.
    struct Place: Sendable {
        enum Role: Sendable { case document, stream }

        let role: Role
        /// The index of the page's edition.
        let page: Int
        /// The index of the scope in the edition.
        let scope: Int
        /// The index of the document in the page's catalog; for a stream, of the document that it follows.
        let item: Int
        /// The number of that document among those of all pages.
        let number: Int
        /// Whether readers can wait for the document's next version.
        let isFollowed: Bool
        /// Whether parameters of the query change the document.
        let dependsOnQuery: Bool
        /// Whether the reader's languages change the document.
        let dependsOnLanguage: Bool
        /// Whether this is the front page of its page or sub-page.
        let isFrontPage: Bool
        /// Whether the address is on the page's own domain.
        let isOnDomain: Bool
    }

    private let addresses: [DocumentAddress]
    private let places: [Place]
    /// Open addressing: indices into `places`, or -1 for an empty slot. The size is a power of two, and at most half of
    /// the slots are used.
    private let slots: [Int32]
    /// Whether any page has a domain. If not, lookups ignore the host.
    let hasDomains: Bool
    /// The numbers of each page's documents.
    let numbers: [Range<Int>]

    /// - Parameter catalogs: those of all pages, in the order of their editions.
    init(_ catalogs: [Catalog]) {
        var addresses: [DocumentAddress] = []
        var places: [Place] = []
        var numbers: [Range<Int>] = []
        for (page, catalog) in catalogs.enumerated() {
            let first = numbers.last?.upperBound ?? 0
            numbers.append(first..<first + catalog.items.count)
            for (address, target) in catalog.addresses {
                addresses.append(address)
                places.append(
                    Self.place(
                        of: target, in: catalog, page: page, first: first, isOnDomain: !address.host.isEmpty))
            }
        }
        var size = 8
        while size < addresses.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        for (index, address) in addresses.enumerated() {
            let hash = address.host.withUnsafeBufferPointer { host in
                address.path.withUnsafeBufferPointer { Self.hash(host, $0) }
            }
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(index)
        }
        self.slots = slots
        self.addresses = addresses
        self.places = places
        self.numbers = numbers
        hasDomains = addresses.contains { !$0.host.isEmpty }
    }

    static let empty = DocumentTable([])

    private static func place(
        of target: Catalog.Target, in catalog: Catalog, page: Int, first: Int, isOnDomain: Bool
    ) -> Place {
        func place(_ role: Place.Role, _ item: Int) -> Place {
            let kind = catalog.items[item].kind
            let isFollowed = if case .summary = kind.source { true } else { false }
            return Place(
                role: role, page: page, scope: catalog.items[item].scope, item: item, number: first + item,
                isFollowed: isFollowed, dependsOnQuery: kind.dependsOnQuery,
                dependsOnLanguage: catalog.items[item].form != nil && catalog.hasLanguages,
                isFrontPage: kind.paths == [""], isOnDomain: isOnDomain)
        }
        switch target {
        case .document(let item): return place(.document, item)
        case .stream(let item): return place(.stream, item)
        }
    }

    /// The place at that path on a page's own domain, or otherwise under a page's slug.
    func find(authority: Bytes, path: Bytes) -> Place? { findWithAddress(authority: authority, path: path)?.place }

    func findWithAddress(authority: Bytes, path: Bytes) -> (place: Place, address: DocumentAddress)? {
        index(authority: authority, path: path).map { (places[$0], addresses[$0]) }
    }

    func find(_ address: DocumentAddress) -> Place? {
        address.host.withUnsafeBufferPointer { host in
            address.path.withUnsafeBufferPointer { index(host: host, path: $0) }
        }.map { places[$0] }
    }

    private func index(authority: Bytes, path: Bytes) -> Int? {
        if hasDomains, let found = index(host: HostName.host(of: authority), path: path) { return found }
        return index(host: Bytes(start: nil, count: 0), path: path)
    }

    /// - Parameters:
    ///   - host: in the form of `HostName.host(of:)`; empty for addresses under the server's own host.
    ///   - path: the whole path.
    private func index(host: Bytes, path: Bytes) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(host, path)) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if addresses[index].matches(host: host, path: path) { return index }
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
