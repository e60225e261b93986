/// The proxies that the server trusts to report their clients.
public struct TrustedProxies: Equatable, Sendable {
    /// One entry of the configuration.
    public enum Entry: Equatable, Sendable {
        case block(AddressBlock)
        /// Every peer on a Unix socket.
        case unixSockets

        /// Reads `unix`, an address, or a block of addresses.
        public init?(_ text: String) {
            if text == "unix" {
                self = .unixSockets
            } else if let block = AddressBlock(text) {
                self = .block(block)
            } else {
                return nil
            }
        }
    }

    public var blocks: [AddressBlock]
    public var includesUnixSockets: Bool

    public init(blocks: [AddressBlock] = [], includesUnixSockets: Bool = false) {
        self.blocks = blocks
        self.includesUnixSockets = includesUnixSockets
    }

    public init(_ entries: [Entry]) {
        self.init()
        for entry in entries {
            switch entry {
            case .block(let block): blocks.append(block)
            case .unixSockets: includesUnixSockets = true
            }
        }
    }

    public var isEmpty: Bool { blocks.isEmpty && !includesUnixSockets }

    /// - Parameter peer: nil for a peer on a Unix socket.
    public func contains(_ peer: IPAddress?) -> Bool {
        guard let peer else { return includesUnixSockets }
        return blocks.contains { $0.contains(peer) }
    }
}
