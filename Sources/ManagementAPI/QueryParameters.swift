import HTTPServer
import JSONInput
import StatusPages

/// The parameters of a query. If a parameter is repeated, the first one counts. A parameter without a value is absent.
final class QueryParameters {
    private var values: [String: String] = [:]
    /// In the order of the query.
    private var names: [String] = []
    /// The names that a route asked for.
    private var known: Set<String> = []
    /// The faults of the values that were read.
    let faults = JSONReader.Faults()

    init(_ query: Substring?) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(parts[0])
            guard values[name] == nil else { continue }
            values[name] = parts.count == 2 ? Self.decode(parts[1]) : ""
            names.append(name)
        }
    }

    /// The names that no route asked for.
    var unread: [String] { names.filter { !known.contains($0) } }

    /// Text that cannot be decoded stays unchanged. The check of its value then rejects it, or a lookup does not find
    /// it.
    private static func decode(_ text: Substring) -> String {
        PercentEncoding.decode(text, plusIsSpace: true) ?? String(text)
    }

    func string(_ name: String) -> String? {
        known.insert(name)
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// Notes a fault for each of these parameters that is absent.
    func require(_ names: String...) {
        for name in names where string(name) == nil {
            faults.note(JSONFault(.missing, .root.appending(name), "\(name) is required."))
        }
    }

    /// A whole number within a range.
    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = string(name) else { return nil }
        guard Self.isWholeNumber(text) else {
            faults.note(JSONFault(.format, .root.appending(name), "\(name) must be a whole number."))
            return nil
        }
        guard let number = Int(text), range.contains(number) else {
            let message = "\(name) must be from \(range.lowerBound) to \(range.upperBound)."
            faults.note(JSONFault(.value, .root.appending(name), message))
            return nil
        }
        return number
    }

    private static func isWholeNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// The raw value of an enumeration case.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type = Choice.self) -> Choice?
    where Choice.RawValue == String {
        guard let text = string(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        faults.note(JSONFault(.value, .root.appending(name), "\(name) must be one of: \(allowed)."))
        return nil
    }

    func timestamp(_ name: String) -> Timestamp? {
        guard let text = string(name) else { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
        // An unencoded `+` in an offset decodes to a space.
        if let space = text.lastIndex(of: " "),
            let time = Timestamp(rfc3339: "\(text[..<space])+\(text[text.index(after: space)...])")
        {
            return time
        }
        faults.note(.badTime(name, at: .root.appending(name)))
        return nil
    }
}
