import Testing

@testable import HTTPServer

/// A head that keeps or breaks a rule, and the expected outcome.
struct HeadCase: Sendable, CustomTestStringConvertible {
    enum Expectation: Sendable {
        case rejected(Int)
        case accepted(HeadFacts)
    }

    private let label: String
    private let bytes: [UInt8]
    private let expectation: Expectation
    /// The section of the rule, and its text.
    private var rule = ""

    private init(_ label: String, _ bytes: [UInt8], _ expectation: Expectation) {
        self.label = label
        self.bytes = bytes
        self.expectation = expectation
    }

    var testDescription: String {
        switch expectation {
        case .rejected(let status): "\(rule) \(label): \(status)"
        case .accepted: "\(rule) \(label): accepted"
        }
    }

    fileprivate func of(_ rule: String) -> HeadCase {
        var copy = self
        copy.rule = rule
        return copy
    }

    /// Reads the head as a whole, cut in two at every byte, and byte by byte. The outcome must be the same each time.
    func check(_ sourceLocation: SourceLocation = #_sourceLocation) {
        let whole = readHead([bytes[...]])
        switch (expectation, whole) {
        case (.rejected(let status), _): #expect(whole.status == status, sourceLocation: sourceLocation)
        case (.accepted(let facts), .head(let read, _, let used)):
            #expect(read == facts, sourceLocation: sourceLocation)
            #expect(used == bytes.count, sourceLocation: sourceLocation)
        case (.accepted, _): Issue.record("it is not accepted: \(whole)", sourceLocation: sourceLocation)
        }
        #expect(cutsThatMatter(bytes).isEmpty, sourceLocation: sourceLocation)
    }
}

/// A row of a table: a rule with its section, and the heads that test it. Rows are in the RFC's order where possible.
func rule(_ section: String, _ says: String, _ cases: HeadCase...) -> [HeadCase] {
    cases.map { $0.of("\(section), \(says):") }
}

// MARK: Cases: a whole head, or a valid head except for its request line or the fields after Host

extension HeadCase {
    static func rejected(_ status: Int, _ label: String, _ text: String) -> HeadCase {
        rejected(status, label, Array(text.utf8))
    }

    static func rejected(_ status: Int, _ label: String, _ bytes: [UInt8]) -> HeadCase {
        HeadCase(label, bytes, .rejected(status))
    }

    static func rejected(_ status: Int, _ label: String, line: String) -> HeadCase {
        rejected(status, label, "\(line)\r\nHost: a.example\r\n\r\n")
    }

    static func rejected(_ status: Int, _ label: String, fields: String) -> HeadCase {
        rejected(status, label, "POST / HTTP/1.1\r\nHost: a.example\r\n\(fields)\r\n\r\n")
    }

    static func rejected(_ status: Int, host: String) -> HeadCase {
        rejected(status, host, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    static func accepted(_ label: String, _ text: String, _ facts: HeadFacts = HeadFacts()) -> HeadCase {
        HeadCase(label, Array(text.utf8), .accepted(facts))
    }

    static func accepted(_ label: String, line: String, _ facts: HeadFacts = HeadFacts()) -> HeadCase {
        accepted(label, "\(line)\r\nHost: a.example\r\n\r\n", facts)
    }

    static func accepted(_ label: String, fields: String, _ facts: HeadFacts = HeadFacts()) -> HeadCase {
        accepted(label, "GET / HTTP/1.1\r\nHost: a.example\r\n\(fields)\r\n\r\n", facts)
    }

    static func accepted(host: String) -> HeadCase {
        accepted(host, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", HeadFacts(authority: host))
    }
}

// MARK: Reading

/// A parsed head as values, which outlive the bytes they came from.
struct HeadFacts: Equatable, Sendable {
    var method = "GET"
    var target = "/"
    var path = "/"
    var authority = "a.example"
    var minorVersion: UInt8 = 1
    var framing = BodyFraming.none
    var keepAlive = true
    var expectsContinue = false
}

/// The outcome of reading a head.
enum HeadOutcome: Equatable, Sendable {
    /// The facts, the field lines as `name=value`, and the number of bytes used by empty lines and the head.
    case head(HeadFacts, fields: [String], used: Int)
    case rejected(HTTPFault)
    case incomplete

    var status: Int? {
        if case .rejected(let fault) = self { fault.status } else { nil }
    }
}

extension HeadLimits {
    static let usual = ServerSettings().headLimits
}

/// Reads a head in pieces, as a connection does: with a growing buffer and one scanner for all pieces.
func readHead(_ pieces: [ArraySlice<UInt8>], limits: HeadLimits = .usual) -> HeadOutcome {
    var scanner = HeadScanner()
    let parser = RequestParser(limits: limits)
    var buffer: [UInt8] = []
    var skipped = 0
    do throws(HTTPFault) {
        for piece in pieces {
            buffer += piece
            while true {
                let outcome = try scan(&scanner, buffer, limits)
                if case .skip(let count) = outcome {
                    buffer.removeFirst(count)
                    skipped += count
                    continue
                }
                guard case .head(let length) = outcome else { break }
                return try parse(parser, Array(buffer[..<length]), used: skipped + length)
            }
        }
        return .incomplete
    } catch {
        return .rejected(error)
    }
}

func readHead(_ text: String, limits: HeadLimits = .usual) -> HeadOutcome {
    readHead([Array(text.utf8)[...]], limits: limits)
}

/// The cut positions that change the outcome when a head arrives in two pieces. Position 0 means that it arrives in
/// single bytes.
func cutsThatMatter(_ bytes: [UInt8], limits: HeadLimits = .usual) -> [Int] {
    let whole = readHead([bytes[...]], limits: limits)
    var found = bytes.indices.dropFirst().filter { readHead([bytes[..<$0], bytes[$0...]], limits: limits) != whole }
    if readHead(bytes.indices.map { bytes[$0...$0] }, limits: limits) != whole { found.insert(0, at: 0) }
    return found
}

private func scan(
    _ scanner: inout HeadScanner, _ buffer: [UInt8], _ limits: HeadLimits
) throws(HTTPFault) -> HeadScanner.Outcome {
    try buffer.withUnsafeBufferPointer { bytes throws(HTTPFault) in try scanner.scan(bytes, limits: limits) }
}

private func parse(_ parser: borrowing RequestParser, _ buffer: [UInt8], used: Int) throws(HTTPFault) -> HeadOutcome {
    try buffer.withUnsafeBufferPointer { bytes throws(HTTPFault) in
        let view = try parser.parse(bytes)
        let head = view.head
        let facts = HeadFacts(
            method: view.method.string, target: view.target, path: view.path.string,
            authority: view.authority.string, minorVersion: head.minorVersion, framing: head.framing,
            keepAlive: head.keepAlive, expectsContinue: head.expectsContinue)
        let fields = (0..<Int(head.fieldCount)).map { index in
            "\(bytes[view.fields[index].name].string)=\(bytes[view.fields[index].value].string)"
        }
        return .head(facts, fields: fields, used: used)
    }
}
