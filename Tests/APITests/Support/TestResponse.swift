import HTTPTypes
import JSONInput
import Testing

/// An answer, from either transport.
struct TestResponse {
    let status: Int
    let fields: HTTPFields
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The value at a JSON pointer; nil if there is none.
    func json(_ pointer: String = "") -> JSONValue? {
        guard let document = try? JSONValue(parsing: body) else { return nil }
        return pointer.split(separator: "/").reduce(Optional(document)) { value, token in
            switch value {
            case .object(let members): members[String(token)]
            case .array(let items): Int(token).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }

    func string(_ pointer: String) -> String? {
        if case .string(let text) = json(pointer) { text } else { nil }
    }

    func count(_ pointer: String) -> Int? {
        if case .array(let items) = json(pointer) { items.count } else { nil }
    }

    /// The value of a field that has no name in HTTPTypes.
    func field(_ name: String) -> String? {
        fields.first { $0.name.canonicalName == name.lowercased() }?.value
    }

    /// The errors as `code pointer`, in order.
    var errors: [String] {
        (0..<(count("/errors") ?? 0)).map { index in
            let place = string("/errors/\(index)/source/pointer")
            return [string("/errors/\(index)/code"), place].compactMap(\.self).joined(separator: " ")
        }
    }
}
