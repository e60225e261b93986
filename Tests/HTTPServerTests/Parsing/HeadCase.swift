import Testing

@testable import HTTPServer

/// A head that keeps or breaks a rule, and what is to come of it.
struct HeadCase: Sendable, CustomTestStringConvertible {
    enum Expectation: Sendable {
        case refused(Int)
        case served(HeadFacts)
    }

    private let label: String
    private let bytes: [UInt8]
    private let expectation: Expectation
    /// The section of the rule and what it says.
    private var rule = ""

    private init(_ label: String, _ bytes: [UInt8], _ expectation: Expectation) {
        self.label = label
        self.bytes = bytes
        self.expectation = expectation
    }

    var testDescription: String {
        switch expectation {
        case .refused(let status): "\(rule) \(label): \(status)"
        case .served: "\(rule) \(label): served"
        }
    }

    fileprivate func of(_ rule: String) -> HeadCase {
        var copy = self
        copy.rule = rule
        return copy
    }

    /// Reads the head whole, cut in two at every byte, and byte by byte: the same has to come of it every time.
    func check(_ sourceLocation: SourceLocation = #_sourceLocation) {
        let whole = readHead([bytes[...]])
        switch (expectation, whole) {
        case (.refused(let status), _): #expect(whole.status == status, sourceLocation: sourceLocation)
        case (.served(let facts), .head(let read, _, let used)):
            #expect(read == facts, sourceLocation: sourceLocation)
            #expect(used == bytes.count, sourceLocation: sourceLocation)
        case (.served, _): Issue.record("it is not served: \(whole)", sourceLocation: sourceLocation)
        }
        #expect(cutsThatMatter(bytes).isEmpty, sourceLocation: sourceLocation)
    }
}

/// A row of a table: a rule by its section, in the RFC's order as far as tables allow, and the heads that try it.
func rule(_ section: String, _ says: String, _ cases: HeadCase...) -> [HeadCase] {
    cases.map { $0.of("\(section), \(says):") }
}

// MARK: Cases: a whole head, or one that is faultless but for its request line or the fields behind its Host

extension HeadCase {
    static func refused(_ status: Int, _ label: String, _ text: String) -> HeadCase {
        refused(status, label, Array(text.utf8))
    }

    static func refused(_ status: Int, _ label: String, _ bytes: [UInt8]) -> HeadCase {
        HeadCase(label, bytes, .refused(status))
    }

    static func refused(_ status: Int, _ label: String, line: String) -> HeadCase {
        refused(status, label, "\(line)\r\nHost: a.example\r\n\r\n")
    }

    static func refused(_ status: Int, _ label: String, fields: String) -> HeadCase {
        refused(status, label, "POST / HTTP/1.1\r\nHost: a.example\r\n\(fields)\r\n\r\n")
    }

    static func refused(_ status: Int, host: String) -> HeadCase {
        refused(status, host, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    static func served(_ label: String, _ text: String, _ facts: HeadFacts = HeadFacts()) -> HeadCase {
        HeadCase(label, Array(text.utf8), .served(facts))
    }

    static func served(_ label: String, line: String, _ facts: HeadFacts = HeadFacts()) -> HeadCase {
        served(label, "\(line)\r\nHost: a.example\r\n\r\n", facts)
    }

    static func served(_ label: String, fields: String, _ facts: HeadFacts = HeadFacts()) -> HeadCase {
        served(label, "GET / HTTP/1.1\r\nHost: a.example\r\n\(fields)\r\n\r\n", facts)
    }

    static func served(host: String) -> HeadCase {
        served(host, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", HeadFacts(authority: host))
    }
}

// MARK: Reading

/// A parsed head as values, which outlive the bytes they were read from.
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

/// What came of a head.
enum HeadOutcome: Equatable, Sendable {
    /// The facts, the field lines as `name=value`, and how many bytes of empty lines and head were used up.
    case head(HeadFacts, fields: [String], used: Int)
    case refused(HTTPFault)
    case incomplete

    var status: Int? {
        if case .refused(let fault) = self { fault.status } else { nil }
    }
}

extension HeadLimits {
    static let usual = ServerSettings().headLimits
}

/// Reads a head out of pieces the way a connection does: a buffer that grows, and a scanner that remembers.
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
        return .refused(error)
    }
}

func readHead(_ text: String, limits: HeadLimits = .usual) -> HeadOutcome {
    readHead([Array(text.utf8)[...]], limits: limits)
}

/// The positions at which cutting a head in two, or 0 for cutting it into single bytes, changes what comes of it.
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
