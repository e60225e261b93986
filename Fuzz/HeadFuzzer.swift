import Glibc

/// Fuzzes request heads. The outcome must not depend on how the bytes are cut, and no parser may read past their end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHead(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let bytes = Bytes(start: start, count: count)
    let whole = read([bytes])
    // The first byte chooses the cut, and may be part of the head as well.
    let cut = count > 0 ? Int(start[0]) * count / 256 : 0
    require(
        whole == read([Bytes(rebasing: bytes[..<cut]), Bytes(rebasing: bytes[cut...])]), "a cut changes the outcome")
    require(whole == read(bytes.indices.map { Bytes(rebasing: bytes[$0...$0]) }), "single bytes change the outcome")
    return 0
}

/// The outcome of reading a head.
private enum Outcome: Equatable {
    case incomplete
    case refused(HTTPFault)
    /// The length of the head in bytes, and everything parsed from it.
    case head(used: Int, parts: [String])
}

private let limits = HeadLimits(lineBytes: 64, headBytes: 256, fields: 8)

/// Scans and parses as an event loop does: the scanner gets all bytes so far, and the parser gets the complete head.
private func read(_ pieces: [Bytes]) -> Outcome {
    let parser = RequestParser(limits: limits)
    var scanner = HeadScanner()
    var waiting: [UInt8] = []
    var used = 0
    do throws(HTTPFault) {
        for piece in pieces {
            waiting += piece
            var isStuck = false
            while !isStuck {
                let copy = waiting
                let outcome = try copy.withUnsafeBufferPointer { bytes throws(HTTPFault) -> Outcome? in
                    switch try scanner.scan(bytes, limits: limits) {
                    case .needMore:
                        isStuck = true
                        return nil
                    case .skip(let count):
                        require(count > 0 && count <= bytes.count, "the scanner skips no bytes, or more than there are")
                        waiting.removeFirst(count)
                        used += count
                        return nil
                    case .head(let count):
                        require(count > 0 && count <= bytes.count, "the head is empty or longer than the input")
                        let view = try parser.parse(Bytes(rebasing: bytes[..<count]))
                        return .head(used: used + count, parts: parts(of: view))
                    }
                }
                if let outcome { return outcome }
            }
        }
    } catch {
        return .refused(error)
    }
    return .incomplete
}

/// Every part of a head as text. Checks that each part lies within the head and keeps the parser's promises.
private func parts(of view: RequestView) -> [String] {
    let (head, bytes, fields) = (view.head, view.bytes, view.fields)
    var ranges = [head.method, head.path, head.query, head.authority]
    for index in 0..<Int(head.fieldCount) { ranges += [fields[index].name, fields[index].value] }
    for range in ranges {
        require(range.start >= 0 && range.start <= range.end && range.end <= bytes.count, "a part is outside the head")
    }
    let texts = ranges.map { bytes[$0] }
    require(texts[0].count > 0 && texts[0].allSatisfy(ASCII.isToken), "the method is not a token")
    require(texts[1].allSatisfy(ASCII.isTarget), "the path has an invalid character")
    require(texts[2].allSatisfy(ASCII.isTarget), "the query has an invalid character")
    require(texts[2].isEmpty || texts[2][0] == UInt8(ascii: "?"), "the query has no question mark")
    for index in 0..<Int(head.fieldCount) {
        let (name, value) = (texts[4 + 2 * index], texts[5 + 2 * index])
        require(name.count > 0 && name.allSatisfy(ASCII.isToken), "a field name is not a token")
        require(value.allSatisfy(ASCII.isFieldContent), "a field value has a control character")
        require(value.trimmed.count == value.count, "a field value begins or ends with white space")
    }
    return texts.map(\.string) + ["\(head.minorVersion) \(head.framing) \(head.keepAlive) \(head.expectsContinue)"]
}
