@testable import HTTPServer

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
        let head = try parser.parse(bytes)
        let view = RequestView(bytes: bytes, head: head, fields: UnsafePointer(parser.fields))
        let facts = HeadFacts(
            method: view.method.string, target: view.target.string, path: view.path.string,
            authority: view.authority.string, minorVersion: head.minorVersion, framing: head.framing,
            keepAlive: head.keepAlive, expectsContinue: head.expectsContinue)
        let fields = (0..<Int(head.fieldCount)).map { index in
            "\(bytes[parser.fields[index].name].string)=\(bytes[parser.fields[index].value].string)"
        }
        return .head(facts, fields: fields, used: used)
    }
}
