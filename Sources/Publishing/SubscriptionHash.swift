import Cryptography
public import StatusPages

/// Replaces the address of somebody who unsubscribed a while ago. An import or a sign-up recognizes the address by its
/// hash. Nobody can read the address from the hash (HMAC-SHA256 under the key of the database, RFC 2104).
public enum SubscriptionHash {
    /// - Parameters:
    ///   - addressKey: see `Subscriber.addressKey`.
    ///   - key: `ReadTransaction.subscriptionKey()`.
    /// - Returns: the value of `address_key` in the database.
    public static func of(_ addressKey: String, _ channel: Subscriber.Channel, key: [UInt8]) -> String {
        let code = HMAC.sha256(Array("address\(channel.rawValue)\(addressKey.lowercased())".utf8), key: key)
        let digits = Array("0123456789abcdef".utf8)
        return "erased:"
            + String(decoding: code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
