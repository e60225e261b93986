import Cryptography
import Foundation
import StatusPages

/// The header fields with which a receiver checks the origin and the time of a call (Standard Webhooks,
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
struct WebhookSignature {
    let fields: [(name: String, value: String)]

    /// - Parameters:
    ///   - id: the same at each attempt.
    ///   - now: the time of the attempt.
    ///   - secrets: each one signs the call. A receiver needs to know one of them.
    init(of body: [UInt8], id: String, at now: Timestamp, secrets: [String]) {
        let time = "\(now.milliseconds / 1_000)"
        let signed = Array("\(id).\(time).".utf8) + body
        let signatures = secrets.compactMap { secret -> String? in
            guard let key = Data(base64Encoded: String(secret.trimmingPrefix("whsec_"))) else { return nil }
            return "v1,\(Data(HMAC.sha256(signed, key: Array(key))).base64EncodedString())"
        }
        fields = [
            ("webhook-id", id), ("webhook-timestamp", time),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
