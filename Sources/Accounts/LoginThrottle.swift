import Glibc
public import StatusPages

/// Slows down the guessing of passwords and codes. It forgets everything in time, so it locks nobody out for good.
///
/// An attempt counts as failed until it succeeds. So parallel attempts cannot get around the limits.
public struct LoginThrottle: Sendable {
    /// How many attempts on an account fail before the first delay.
    private static let freeAttempts = 5
    /// The longest delay between attempts on an account, in milliseconds.
    private static let longestDelay: Int64 = 15 * 60_000
    /// How long failures on an account count, in milliseconds.
    private static let memory: Int64 = 86_400_000
    /// How many attempts may fail from an address within `window` milliseconds.
    private static let mostOfAddress = 30
    private static let window: Int64 = 10 * 60_000
    /// How many accounts, and how many addresses, are remembered.
    private static let mostRemembered = 10_000

    private struct Failures {
        var count = 0
        var last: Timestamp

        /// When the next attempt is admitted.
        var end: Timestamp {
            guard count >= freeAttempts else { return last }
            let delay = Int64(1_000) << min(count - freeAttempts + 1, 20)
            return last.advanced(byMilliseconds: min(delay, longestDelay))
        }
    }

    private var accounts: [String: Failures] = [:]
    private var addresses: [String: [Timestamp]] = [:]

    public init() {}

    /// How many accounts have failures.
    var rememberedAccounts: Int { accounts.count }

    /// Counts an attempt, unless it comes too early.
    /// - Parameters:
    ///   - account: the name under which attempts are counted, whether there is such a user or not.
    ///   - address: the client's address.
    /// - Returns: nil if this attempt is admitted. Otherwise the seconds until the next one is admitted, at least 1.
    public mutating func attempt(account: String, address: String, at now: Timestamp) -> Int? {
        let (account, address) = (Self.key(account: account), Self.key(address: address))
        let failures = accounts[account].flatMap {
            now < $0.last.advanced(byMilliseconds: Self.memory) ? $0 : nil
        }
        let recent = (addresses[address] ?? []).filter { now < $0.advanced(byMilliseconds: Self.window) }
        let ends = [
            failures?.end, recent.count >= Self.mostOfAddress ? recent[0].advanced(byMilliseconds: Self.window) : nil,
        ]
        if let end = ends.compactMap(\.self).max(), end > now {
            return Int((end.milliseconds - now.milliseconds + 999) / 1_000)
        }
        makeRoom(at: now)
        accounts[account] = Failures(count: (failures?.count ?? 0) + 1, last: now)
        addresses[address] = recent + [now]
        return nil
    }

    /// Takes back the count of an attempt that succeeded, and forgets the failures on its account.
    public mutating func succeed(account: String, address: String) {
        accounts[Self.key(account: account)] = nil
        takeBack(ofAddress: address)
    }

    /// Takes back the count of an attempt that was not checked. Earlier failures on its account stay.
    public mutating func takeBack(account: String, address: String) {
        let account = Self.key(account: account)
        if let count = accounts[account]?.count { accounts[account]?.count = count - 1 }
        if accounts[account]?.count == 0 { accounts[account] = nil }
        takeBack(ofAddress: address)
    }

    private mutating func takeBack(ofAddress address: String) {
        let address = Self.key(address: address)
        _ = addresses[address]?.popLast()
        if addresses[address]?.isEmpty == true { addresses[address] = nil }
    }

    private mutating func makeRoom(at now: Timestamp) {
        if accounts.count >= Self.mostRemembered {
            accounts = accounts.filter { now < $0.value.last.advanced(byMilliseconds: Self.memory) }
            if accounts.count >= Self.mostRemembered, let oldest = accounts.min(by: { $0.value.last < $1.value.last }) {
                accounts[oldest.key] = nil
            }
        }
        if addresses.count >= Self.mostRemembered {
            addresses = addresses.filter {
                $0.value.last.map { now < $0.advanced(byMilliseconds: Self.window) } ?? false
            }
            if addresses.count >= Self.mostRemembered, let any = addresses.keys.first { addresses[any] = nil }
        }
    }

    private static func key(account: String) -> String { String(account.lowercased().prefix(EmailAddress.most)) }

    /// The network of an IPv6 address (its first 64 bits), because a client can choose the rest. Any other text is its
    /// own key.
    private static func key(address: String) -> String {
        var parsed = in6_addr()
        guard address.contains(":"), inet_pton(AF_INET6, address, &parsed) == 1 else { return address }
        let bytes = withUnsafeBytes(of: parsed) { Array($0) }
        // A dual-stack socket shows IPv4 addresses in this form.
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10..<12].allSatisfy { $0 == 0xFF }
        return isMapped
            ? bytes[12...].map { String($0) }.joined(separator: ".")
            : bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
    }
}
