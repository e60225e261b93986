/// A place in a JSON document (RFC 6901).
public struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    public enum Token: Hashable, Sendable {
        case name(String)
        case index(Int)
    }

    public var tokens: [Token]

    /// The whole document.
    public static let root = JSONPointer([])

    public init(_ tokens: [Token]) { self.tokens = tokens }

    public func appending(_ name: String) -> JSONPointer { JSONPointer(tokens + [.name(name)]) }
    public func appending(_ index: Int) -> JSONPointer { JSONPointer(tokens + [.index(index)]) }

    /// The last member name on the way, indices left out: what an error calls its field.
    public var field: String {
        for token in tokens.reversed() {
            if case .name(let name) = token { return name }
        }
        return ""
    }

    public var description: String {
        tokens.map { token in
            switch token {
            case .index(let index): "/\(index)"
            case .name(let name): "/" + Self.escaped(name)
            }
        }.joined()
    }

    /// Scalar by scalar, since what combines with a slash into one `Character` does not make it any less of a slash.
    private static func escaped(_ name: String) -> String {
        name.unicodeScalars.map { scalar in
            switch scalar {
            case "~": "~0"
            case "/": "~1"
            default: String(scalar)
            }
        }.joined()
    }
}
