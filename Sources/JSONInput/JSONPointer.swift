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

    /// The last member name in the path, ignoring indices. Error messages use it as the name of the field.
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

    /// Works on scalars, because a slash that combines with another scalar into one `Character` must still be escaped.
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
