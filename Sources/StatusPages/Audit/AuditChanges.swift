/// The fields that a change affects.
public struct AuditChanges: Equatable, Sendable {
    public enum Change: Equatable, Sendable {
        case values(before: AuditValue, after: AuditValue)
        /// The values are secret or personal, so they are not recorded.
        case hidden
    }

    /// The changes by the name of their field.
    public private(set) var fields: [String: Change]

    public init(_ fields: [String: Change] = [:]) { self.fields = fields }

    public var isEmpty: Bool { fields.isEmpty }

    /// Adds a field if its value changed.
    public mutating func note<Value: AuditValueConvertible>(_ field: String, _ before: Value?, _ after: Value?) {
        let (old, new) = (before?.auditValue ?? .none, after?.auditValue ?? .none)
        if old != new { fields[field] = .values(before: old, after: new) }
    }

    /// Adds a field that stayed the same, because it says what the other changes are about.
    public mutating func name<Value: AuditValueConvertible>(_ field: String, _ value: Value) {
        fields[field] = .values(before: value.auditValue, after: value.auditValue)
    }

    /// Adds a field whose value must not be recorded.
    public mutating func noteHidden(_ field: String) { fields[field] = .hidden }

    /// Adds a field whose value must not be recorded, if it changed.
    public mutating func noteHidden<Value: Equatable>(_ field: String, _ before: Value, _ after: Value) {
        if before != after { noteHidden(field) }
    }
}

/// A value of a field.
public enum AuditValue: Equatable, Sendable {
    case none
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([String])

    /// Compares bytes, because Swift treats different encodings of a character as equal.
    public static func == (left: AuditValue, right: AuditValue) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.number(let left), .number(let right)): left == right
        case (.flag(let left), .flag(let right)): left == right
        case (.list(let left), .list(let right)): left.elementsEqual(right) { $0.utf8.elementsEqual($1.utf8) }
        default: false
        }
    }
}

public protocol AuditValueConvertible {
    var auditValue: AuditValue { get }
}

extension AuditValue: AuditValueConvertible { public var auditValue: AuditValue { self } }
extension String: AuditValueConvertible { public var auditValue: AuditValue { .text(self) } }
extension Bool: AuditValueConvertible { public var auditValue: AuditValue { .flag(self) } }
extension Int: AuditValueConvertible { public var auditValue: AuditValue { .number(Int64(self)) } }
extension [String]: AuditValueConvertible { public var auditValue: AuditValue { .list(self) } }
extension Timestamp: AuditValueConvertible { public var auditValue: AuditValue { .text(rfc3339) } }
extension ID: AuditValueConvertible { public var auditValue: AuditValue { .text(description) } }

// MARK: As JSON: {"field": [before, after], "secret": "changed"}

extension AuditChanges: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([String: Change].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(fields)
    }
}

extension AuditChanges.Change: Codable {
    private static let hiddenText = "changed"

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let values = try? container.decode([AuditValue].self), values.count == 2 else {
            guard try container.decode(String.self) == Self.hiddenText else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a change")
            }
            self = .hidden
            return
        }
        self = .values(before: values[0], after: values[1])
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .hidden: try container.encode(Self.hiddenText)
        case .values(let before, let after): try container.encode([before, after])
        }
    }
}

extension AuditValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .none
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([String].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .none: try container.encodeNil()
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .list(let list): try container.encode(list)
        }
    }
}
