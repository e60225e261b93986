import Glibc

/// The reason why a server could not start.
public struct ServerStartError: Error, CustomStringConvertible {
    public let description: String
    /// Whether another socket already uses the address.
    public let isAddressInUse: Bool

    init(_ action: String, code: Int32 = errno) {
        isAddressInUse = code == EADDRINUSE
        description = "\(action): \(String(cString: strerror(code)))"
    }

    init(message: String) {
        isAddressInUse = false
        description = message
    }
}
