/// Reads the members of a JSON object by name and type. It notes every fault instead of stopping at the first one.
/// `null` counts as absent.
///
/// A class, because readers of nested objects note their faults in the same list.
public final class JSONReader {
    /// The list of faults, shared by a reader and the readers of its nested objects.
    public final class Faults {
        public private(set) var all: [JSONFault] = []
        private var places: Set<JSONPointer> = []

        /// - Parameter faults: faults noted elsewhere; new ones are added to them.
        public init(_ faults: [JSONFault] = []) {
            for fault in faults { note(fault) }
        }

        /// Notes a fault, at most one for each place: a value that is read twice is reported once. The list stops at
        /// 1000 faults.
        public func note(_ fault: JSONFault) {
            if all.count < 1_000, places.insert(fault.pointer).inserted { all.append(fault) }
        }

        /// Whether this place, or one that contains it, already has a fault. Errors that only follow from that fault
        /// need not be reported.
        public func covers(_ pointer: JSONPointer) -> Bool {
            (0...pointer.tokens.count).contains { places.contains(JSONPointer(Array(pointer.tokens.prefix($0)))) }
        }
    }

    public let pointer: JSONPointer
    public let faults: Faults
    private let members: [String: JSONValue]
    /// The names that were read.
    private var known: Set<String>
    /// The readers of nested objects.
    private var nested: [JSONReader] = []

    public init(_ members: [String: JSONValue], at pointer: JSONPointer = .root, faults: Faults = Faults()) {
        self.members = members
        self.pointer = pointer
        self.faults = faults
        known = Set(minimumCapacity: members.count)
    }

    /// The object as a value.
    public var value: JSONValue { .object(members) }

    /// The names of all members, in alphabetical order.
    public var names: [String] { members.keys.sorted() }

    /// The places of members that no code has read, including those of nested objects. `null` counts as absent. Call
    /// this after all reading, because it lists every member that has not been read yet.
    /// - Parameter most: the maximum number of places to list.
    public func unread(atMost most: Int) -> [JSONPointer] {
        var found = unreadNames.filter { members[$0] != .null }.prefix(most).map { pointer.appending($0) }
        for reader in nested where found.count < most { found += reader.unread(atMost: most - found.count) }
        return found
    }

    private var unreadNames: [String] { members.keys.filter { !known.contains($0) }.sorted() }

    /// Whether there is a member with this name that is not null.
    public func has(_ name: String) -> Bool { value(name) != nil }

    public func string(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return wrongType(value, name, "a string") }
        return text
    }

    public func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value else { return wrongType(value, name, "a boolean", rule: "true or false") }
        return flag
    }

    /// - Parameter rule: what the value must be; used in the rule of the fault.
    public func integer(_ name: String, rule: String = "a whole number") -> Int? {
        guard let value = value(name) else { return nil }
        switch value {
        case .integer(let number): return number
        case .number(let number) where number == number.rounded():
            // A whole number that does not fit in Int.
            faults.note(
                JSONFault(
                    .value, pointer.appending(name), "\(name) is out of range: \(number).", rule: "must be \(rule)"))
            return nil
        case .number:
            return wrongType(name, "\(name) must be a whole number, without a fraction.", rule: rule)
        default: return wrongType(value, name, "a whole number", rule: rule)
        }
    }

    /// A string that is the raw value of an enumeration case.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type = Choice.self) -> Choice?
    where Choice.RawValue == String {
        guard let text = string(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let rule = "must be one of: \(allowed)"
        faults.note(JSONFault(.value, pointer.appending(name), "\(name) \(rule).", rule: rule))
        return nil
    }

    public func object(_ name: String) -> JSONReader? {
        guard let value = value(name) else { return nil }
        guard case .object(let members) = value else { return wrongType(value, name, "an object") }
        return reader(members, at: pointer.appending(name))
    }

    /// An array of objects, with a reader for each. An element of another type is noted and read as an empty object, so
    /// that the other elements keep their indices. The missing members of such an element are not reported.
    /// - Parameter most: the maximum number of elements. If there are more, that is the only fault, and no element is
    ///   read.
    public func objects(_ name: String, atMost most: Int = .max) -> [JSONReader]? {
        guard let items = elements(name, atMost: most) else { return nil }
        return items.enumerated().map { index, item in
            let place = pointer.appending(name).appending(index)
            guard case .object(let members) = item else {
                let message = "\(name) must contain objects, not \(item.typeName)."
                faults.note(JSONFault(.type, place, message, rule: "must be an object"))
                return reader([:], at: place)
            }
            return reader(members, at: place)
        }
    }

    /// An array of strings. An element of another type is noted and read as an empty string, so that the other elements
    /// keep their indices.
    /// - Parameter most: as for `objects`.
    public func strings(_ name: String, atMost most: Int = .max) -> [String]? {
        guard let items = elements(name, atMost: most) else { return nil }
        return items.enumerated().map { index, item in
            if case .string(let text) = item { return text }
            let message = "\(name) must contain strings, not \(item.typeName)."
            let place = pointer.appending(name).appending(index)
            faults.note(JSONFault(.type, place, message, rule: "must be a string"))
            return ""
        }
    }

    /// An array of whole numbers. Elements of other types, and numbers out of range, are noted and left out.
    /// - Parameter most: as for `objects`.
    public func integers(_ name: String, in range: ClosedRange<Int>, atMost most: Int = .max) -> [Int]? {
        let rule = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        return elements(name, atMost: most)?.enumerated().compactMap { index, item in
            if case .integer(let number) = item, range.contains(number) { return number }
            let code: JSONFault.Code = if case .integer = item { .value } else { .type }
            faults.note(
                JSONFault(code, pointer.appending(name).appending(index), "\(name)[\(index)] \(rule).", rule: rule))
            return nil
        }
    }

    /// An element of a list that accepts a string as the short form of an object.
    public enum StringOrObject {
        case string(String, at: JSONPointer)
        case object(JSONReader)
    }

    /// An array of strings and objects, or a single string instead of an array with one string. Elements of other types
    /// are noted and left out.
    /// - Parameters:
    ///   - string: describes such a string, for messages.
    ///   - object: describes such an object, for messages.
    public func stringsOrObjects(_ name: String, string: String, object: String) -> [StringOrObject]? {
        switch value(name) {
        case .string(let text): return [.string(text, at: pointer.appending(name))]
        case nil, .array: break
        case let value?: return wrongType(value, name, "an array", rule: "\(string), or a list")
        }
        return elements(name, atMost: .max)?.enumerated().compactMap { index, item in
            let place = pointer.appending(name).appending(index)
            switch item {
            case .string(let text): return .string(text, at: place)
            case .object(let members): return .object(reader(members, at: place))
            default:
                let message = "\(name) must contain strings or objects, not \(item.typeName)."
                faults.note(JSONFault(.type, place, message, rule: "must be \(string), or \(object)"))
                return nil
            }
        }
    }

    private func reader(_ members: [String: JSONValue], at place: JSONPointer) -> JSONReader {
        let reader = JSONReader(members, at: place, faults: faults)
        nested.append(reader)
        return reader
    }

    private func elements(_ name: String, atMost most: Int) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard case .array(let items) = value else { return wrongType(value, name, "an array", rule: "a list") }
        guard items.count <= most else {
            let rule = "must have at most \(most) elements; got \(items.count)"
            faults.note(JSONFault(.length, pointer.appending(name), "\(name) \(rule).", rule: rule))
            return nil
        }
        return items
    }

    /// Notes a fault for each member that no code has read. Call this after all reading.
    public func refuseUnknownMembers() {
        for name in unreadNames {
            let message = "is not a known key; \(Self.hint(for: name, among: known.sorted()))"
            faults.note(JSONFault(.unknown, pointer.appending(name), message))
        }
    }

    private static func hint(for name: String, among known: [String]) -> String {
        let near = Spelling.nearest(to: name, among: known)
        return near.map { "did you mean \"\($0)\"?" } ?? "known keys: \(known.joined(separator: ", "))"
    }

    private func value(_ name: String) -> JSONValue? {
        known.insert(name)
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    /// - Parameter rule: what the value must be, if the rule needs another text than `expected`.
    private func wrongType<Result>(
        _ value: JSONValue, _ name: String, _ expected: String, rule: String? = nil
    ) -> Result? {
        wrongType(name, "\(name) must be \(expected), not \(value.typeName).", rule: rule ?? expected)
    }

    private func wrongType<Result>(_ name: String, _ message: String, rule: String) -> Result? {
        faults.note(JSONFault(.type, pointer.appending(name), message, rule: "must be \(rule)"))
        return nil
    }
}
