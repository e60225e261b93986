import Cryptography
public import StatusPages

/// The token in a link that a subscriber gets by email. It serves one purpose for one subscriber.
///
/// It is not stored. A code in it proves that this server made it (HMAC-SHA256, cut to 128 bits, RFC 2104 §5). Only the
/// database has the key of that code.
public struct SubscriptionToken: Equatable, Sendable {
    public enum Purpose: UInt8, CaseIterable, Sendable {
        case confirm = 1
        case manage
        case unsubscribe
    }

    public let purpose: Purpose
    public let subscriber: ID<Subscriber>
    /// Only confirm tokens expire.
    public let expiresAt: Timestamp?

    public init(_ purpose: Purpose, of subscriber: ID<Subscriber>, expiresAt: Timestamp? = nil) {
        self.purpose = purpose
        self.subscriber = subscriber
        self.expiresAt = expiresAt
    }

    /// The token as text in the URL-safe alphabet of base 64 (RFC 4648 §5).
    /// - Parameter key: `ReadTransaction.subscriptionKey()`.
    public func text(for page: ID<StatusPage>, key: [UInt8]) -> String {
        let payload =
            [purpose.rawValue] + Self.bytes(subscriber.ulid) + Self.bytes(UInt64(expiresAt?.milliseconds ?? 0))
        return Base64URL.encode(payload + Self.code(payload, page, key))
    }

    /// Reads a token that was made for the page with the key. It may have expired.
    /// - Returns: nil for any other text.
    public init?(_ text: String, for page: ID<StatusPage>, key: [UInt8]) {
        guard text.utf8.count <= 160, let bytes = Base64URL.decode(text), bytes.count == 25 + Self.codeLength else {
            return nil
        }
        let payload = Array(bytes[..<25])
        guard HMAC.areEqual(Self.code(payload, page, key), bytes[25...]), let purpose = Purpose(rawValue: payload[0])
        else { return nil }
        let expiry = Self.number(payload[17...])
        self.init(
            purpose, of: ID(ULID(high: Self.number(payload[1..<9]), low: Self.number(payload[9..<17]))),
            expiresAt: expiry == 0 ? nil : Timestamp(milliseconds: Int64(bitPattern: expiry)))
    }

    private static let codeLength = 16

    private static func code(_ payload: [UInt8], _ page: ID<StatusPage>, _ key: [UInt8]) -> ArraySlice<UInt8> {
        HMAC.sha256(Array("link".utf8) + bytes(page.ulid) + payload, key: key).prefix(codeLength)
    }

    private static func bytes(_ ulid: ULID) -> [UInt8] { bytes(ulid.high) + bytes(ulid.low) }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
