import Glibc

/// A reason why a server could not start.
public struct ServerStartError: Error, CustomStringConvertible {
    public let description: String

    init(_ action: String, code: Int32 = errno) {
        description = "\(action): \(String(cString: strerror(code)))"
    }

    init(message: String) { description = message }
}
