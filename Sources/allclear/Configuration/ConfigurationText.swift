import JSONInput

/// The text of a configuration file. It finds the line, the value, and the page or item of each problem.
struct ConfigurationText: Sendable {
    /// The file's path as it was given.
    let file: String
    private let bytes: [UInt8]
    private let document: JSONDocument
    private let members: [String: JSONValue]

    /// - Throws: if the text is not a JSON object.
    init(file: String, _ bytes: [UInt8]) throws(ConfigurationProblem) {
        self.file = file
        self.bytes = bytes
        do throws(JSONValue.Malformed) {
            document = try JSONDocument(bytes)
        } catch {
            let position = TextPosition(of: error.offset, in: bytes)
            throw ConfigurationProblem(
                place: "\(position)", message: "\(error.message) (\(file):\(position.line):\(position.column))")
        }
        guard case .object(let members) = document.value else {
            let message = "a configuration must be a JSON object; got \(document.value.quoted) (\(file):1)"
            throw ConfigurationProblem(place: "", message: message)
        }
        self.members = members
    }

    /// A reader of the file's content that has already noted repeated keys. Only the last value of such a key counts,
    /// and the user may have meant another one.
    var reader: JSONReader {
        let repetitions = document.repetitions.map { repetition in
            let position = TextPosition(of: repetition.offset, in: bytes)
            return JSONFault(
                .value, repetition.pointer, "is repeated in line \(position.line), column \(position.column)")
        }
        return JSONReader(members, faults: JSONReader.Faults(repetitions))
    }

    /// A fault in one sentence, such as `listen must be a list; got the number 8080 (config.json:2)`.
    func problem(_ fault: JSONFault) -> ConfigurationProblem {
        // These rules only say what is allowed, so the message also quotes the actual value.
        let asksForOther = fault.rule.hasPrefix("must ")
        let found = asksForOther ? value(at: fault.pointer).map { "; got \(quoted($0, at: fault.pointer))" } : nil
        let message = "\(fault.pointer.subject) \(fault.rule)\(found ?? "") (\(location(of: fault.pointer)))"
        return ConfigurationProblem(place: "\(fault.pointer)", message: message)
    }

    /// The file and line of a place. If the place is inside a list, also its pointer and the names of the items around
    /// it.
    private func location(of pointer: JSONPointer) -> String {
        let line = "\(file):\(line(of: pointer))"
        guard pointer.hasIndex else { return line }
        return ([line, "\(pointer)"] + itemNames(on: pointer)).joined(separator: ", ")
    }

    /// The line on which a value begins or, if it is missing, the line of the object that lacks it.
    private func line(of pointer: JSONPointer) -> Int {
        var pointer = pointer
        while document.places[pointer] == nil, !pointer.tokens.isEmpty { pointer.tokens.removeLast() }
        return TextPosition(of: document.places[pointer]?.lowerBound ?? 0, in: bytes).line
    }

    private func value(at pointer: JSONPointer) -> JSONValue? {
        pointer.tokens.reduce(JSONValue.object(members) as JSONValue?) { value, token in
            switch (value, token) {
            case (.object(let members), .name(let name)): members[name]
            case (.array(let items), .index(let index)): items.indices.contains(index) ? items[index] : nil
            default: nil
            }
        }
    }

    /// A value for a message. Numbers look as they do in the file.
    private func quoted(_ value: JSONValue, at pointer: JSONPointer) -> String {
        switch value {
        case .integer, .number:
            guard let place = document.places[pointer] else { return value.quoted }
            return "the number \(String(decoding: bytes[place], as: UTF8.self).shortened)"
        default: return value.quoted
        }
    }

    /// The names of the pages and items around a place, outermost first.
    private func itemNames(on pointer: JSONPointer) -> [String] {
        pointer.tokens.indices.dropFirst().compactMap { index in
            guard case .index = pointer.tokens[index], case .name(let list) = pointer.tokens[index - 1],
                case .object(let members)? = value(at: JSONPointer(Array(pointer.tokens[...index])))
            else { return nil }
            switch list {
            case "pages": return Self.itemName("page", members)
            case "components": return Self.itemName("component", members)
            case "structure", "items":
                for (name, kind) in [("component", "component"), ("group", "group"), ("sub_page", "sub-page")] {
                    if case .object(let item)? = members[name] { return Self.itemName(kind, item) }
                }
                return Self.itemName("item", members)
            default: return nil
            }
        }
    }

    private static func itemName(_ kind: String, _ members: [String: JSONValue]) -> String? {
        let names = ["slug", "key", "name"].compactMap { members[$0] }
        let name = names.first { if case .string(let text) = $0 { !text.isEmpty } else { false } }
        return name.map { "\(kind) \($0.quoted)" }
    }
}

extension JSONPointer {
    fileprivate var hasIndex: Bool {
        tokens.contains { if case .index = $0 { true } else { false } }
    }

    /// The name of a value in a sentence: its keys after the last list, such as `log.level` or `listen[1]`.
    var subject: String {
        let end = tokens.last.map { if case .index = $0 { tokens.count - 1 } else { tokens.count } } ?? 0
        let start = tokens[..<end].lastIndex { if case .index = $0 { true } else { false } }.map { $0 + 1 } ?? 0
        let names = tokens[start..<end].map { token in
            switch token {
            case .name(let name): name.shortened
            case .index(let index): "\(index)"
            }
        }
        let last = tokens[end...].map { if case .index(let index) = $0 { "[\(index)]" } else { "" } }
        return names.joined(separator: ".") + last.joined()
    }
}

extension JSONValue {
    /// The value for a message: on one line, and shortened if it is long.
    var quoted: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "the number \(number)"
        case .number(let number): "the number \(number)"
        case .string(let text): text.quoted
        case .array(let items): items.isEmpty ? "an empty list" : "a list"
        case .object(let members):
            members.isEmpty
                ? "an empty object"
                : "an object with \(members.keys.sorted().prefix(3).map(\.quoted).joined(separator: ", "))"
        }
    }
}

extension String {
    /// The text in quotation marks for a message: on one line, shortened if it is long, and without the password of a
    /// URL.
    var quoted: String {
        let escaped = withoutUserInformation.shortened.unicodeScalars.map { scalar in
            scalar == "\"" || scalar == "\\" || scalar.properties.generalCategory == .control
                ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "\"\(escaped.joined())\""
    }

    fileprivate var shortened: String { unicodeScalars.count > 80 ? "\(String(unicodeScalars.prefix(80)))…" : self }

    private var withoutUserInformation: String {
        guard let start = firstRange(of: "://")?.upperBound else { return self }
        let authority = self[start...].prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return self }
        return "\(self[..<start])***\(self[at...])"
    }
}
