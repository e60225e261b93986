import Testing

@testable import HTTPServer

/// The outcome of decoding a body, and the number of bytes used.
private enum BodyOutcome: Equatable {
    case complete(String, used: Int)
    case tooLarge
    case rejected(HTTPFault)
    case incomplete

    var status: Int? {
        if case .rejected(let fault) = self { fault.status } else { nil }
    }
}

private func decode(_ pieces: [ArraySlice<UInt8>], _ framing: BodyFraming, limit: Int) -> BodyOutcome {
    var decoder = BodyDecoder(framing, limit: limit)
    var used = 0
    do throws(HTTPFault) {
        for piece in pieces {
            used += try piece.withUnsafeBufferPointer { bytes throws(HTTPFault) in try decoder.decode(bytes) }
        }
    } catch {
        return .rejected(error)
    }
    if decoder.isTooLarge { return .tooLarge }
    return decoder.isComplete ? .complete(String(decoding: decoder.body, as: UTF8.self), used: used) : .incomplete
}

private func decode(_ text: String, _ framing: BodyFraming = .chunked, limit: Int = 100) -> BodyOutcome {
    decode([Array(text.utf8)[...]], framing, limit: limit)
}

/// The cut positions that change the outcome when a body arrives in two pieces. Position 0 means that it arrives in
/// single bytes.
private func cutsThatMatter(_ text: String, _ framing: BodyFraming = .chunked, limit: Int = 100) -> [Int] {
    let bytes = Array(text.utf8)
    let whole = decode([bytes[...]], framing, limit: limit)
    var found = bytes.indices.dropFirst().filter {
        decode([bytes[..<$0], bytes[$0...]], framing, limit: limit) != whole
    }
    if decode(bytes.indices.map { bytes[$0...$0] }, framing, limit: limit) != whole { found.insert(0, at: 0) }
    return found
}

/// A chunked body that keeps or breaks a rule of RFC 9112.
private struct ChunkedCase: Sendable, CustomTestStringConvertible {
    let rule: String
    let text: String
    /// The decoded body; nil if it is rejected.
    let body: String?

    var testDescription: String { "\(rule): \(text.debugDescription)" }
}

/// Rows of the table: accepted bodies, with their decoded text.
private func accepted(_ rule: String, _ cases: (String, String)...) -> [ChunkedCase] {
    cases.map { ChunkedCase(rule: rule, text: $0.0, body: $0.1) }
}

/// Rows of the table: rejected bodies.
private func rejected(_ rule: String, _ cases: String...) -> [ChunkedCase] {
    cases.map { ChunkedCase(rule: rule, text: $0, body: nil) }
}

private let acceptedBodies = [
    accepted(
        "RFC 9112 §7.1, chunks end with an empty chunk and an empty line",
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"), ("5\r\n\r\n0\r\n\r\n0\r\n\r\n", "\r\n0\r\n")),
    accepted(
        "RFC 9112 §7.1, a size consists of hexadecimal digits",
        ("A\r\n0123456789\r\n00\r\n\r\n", "0123456789"), ("00a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("1\r\na\r\n000000000000000\r\n\r\n", "a")),
    accepted(
        "RFC 9112 §7.1.1, extensions are skipped",
        ("5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n", "hello"), ("5 ; a\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5 \t;a\r\nhello\r\n0;a\r\n\r\n", "hello"), ("1;a=\"0;\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1 ; a = b ;\tc\t=\t\"d\" ;e;f\r\nx\r\n0\r\n\r\n", "x"), ("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\"\\\"b\\\\\"\r\nx\r\n0\r\n\r\n", "x"), ("1;a=\"\tä\";!#$%&'*+.^_`|~=1\r\nx\r\n0\r\n\r\n", "x")),
    accepted(
        "RFC 9112 §7.1.2, trailer fields are skipped, whatever they contain",
        ("5\r\nhello\r\n0\r\nX: a\r\nY:\r\n\r\n", "hello"),
        ("1\r\na\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n", "a")),
].flatMap { $0 }

private let rejectedBodies = [
    rejected(
        "RFC 9112 §7.1, a size consists of hexadecimal digits",
        "\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "0x1\r\na\r\n", ";a\r\n", "1_0\r\n", "\u{FF11}\r\n"),
    rejected(
        "RFC 9112 §7.1, a size must not overflow",
        // Sixteen digits or more could overflow to a small number.
        "0000000000000001\r\na\r\n", "10000000000000005\r\nhello\r\n", "ffffffffffffffff\r\n",
        "FFFFFFFFFFFFFFFFFF\r\n"),
    rejected(
        "RFC 9112 §2.2, §7.1, lines end in CR LF",
        "1\na\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\ra\r\n", "1\r\r\na\r\n", "1\r\na\r0\r\n\r\n", "0\r\n\n",
        "0\r\n\rX",
        "0\n\r\n"),
    rejected(
        "RFC 9112 §7.1, a chunk's data has the announced size",
        "1\r\nab\r\n0\r\n\r\n", "2\r\na\r\n0\r\n\r\n", "1\r\n\r\n0\r\n\r\n"),
    rejected(
        "RFC 9112 §7.1.1, blanks are allowed only before an extension",
        "1 \r\na\r\n", "1\t\r\n", "1 a\r\n", "1 2\r\n", "1;a \r\n", "1;a=b \r\n", "1;a=\"b\"\t\r\n"),
    rejected(
        "RFC 9112 §7.1.1, an extension has a name, and a value follows an equals sign",
        "5;\r\nhello\r\n", "0;\r\n\r\n", "1; \r\n", "1;;a\r\n", "1;a;\r\n", "1;=b\r\n", "1;a=\r\n", "1;a= \r\n",
        "1;a=;b\r\n", "1;a==b\r\n", "1;a=b=c\r\n", "1;a b\r\n", "1;a=b c\r\n", "1;a,b\r\n", "1;\"a\"\r\n"),
    rejected(
        "RFC 9112 §7.1.1, an extension's value is a token or a quoted string",
        "5;bad[=x\r\nhello\r\n", "1;a=[\r\n", "1;a=b[\r\n", "1;ä=b\r\n", "1;a=ä\r\n", "1;a=\"b\r\n", "1;a=\"b\\\"\r\n",
        "1;a=\"b\"c\r\n", "1;a=b\"c\"\r\n", "1;a=\"b\r\n\"\r\n", "1;a=\"\u{7F}\"\r\n", "1;a=\"\\\u{01}\"\r\n"),
    rejected(
        "RFC 9112 §7.1.1, an extension contains no control characters",
        "1;a\nb\r\n", "1;a\0\r\n", "1;a\rb\r\n", "1;\n", "0;\n\r\n"),
    rejected(
        "RFC 9112 §7.1.2, trailer lines are fields (§5, §5.1, §5.2)",
        "0\r\nX\r\n\r\n", "0\r\n: a\r\n\r\n", "0\r\nX : a\r\n\r\n", "0\r\n X: a\r\n\r\n", "0\r\nX: a\r\n b\r\n\r\n",
        "0\r\nX: a\n\r\n", "0\r\nX: a\rY: b\r\n\r\n", "0\r\nX: \0\r\n\r\n", "0\r\nGET / HTTP/1.1\r\n\r\n"),
].flatMap { $0 }

@Suite("Request bodies, by the RFC")
struct BodyDecoderTests {
    @Test("RFC 9112 §6.3: an absent body is complete at once and takes no bytes")
    func none() {
        #expect(decode("next", .none) == .complete("", used: 0))
    }

    @Test("RFC 9112 §6.2: a body of a known length takes its bytes and no more")
    func length() {
        #expect(decode("hellonext", .length(5)) == .complete("hello", used: 5))
        #expect(decode("hell", .length(5)) == .incomplete)
        #expect(cutsThatMatter("hellonext", .length(5)).isEmpty)
    }

    @Test("Chunked bodies that are accepted", arguments: acceptedBodies)
    private func accepted(_ chunked: ChunkedCase) {
        let text = chunked.text
        #expect(decode(text + "next") == .complete(chunked.body ?? "", used: text.utf8.count))
        #expect(cutsThatMatter(text + "next").isEmpty)
    }

    @Test("RFC 9112 §8: the decoder waits for the rest of a partial chunked body", arguments: acceptedBodies)
    private func incomplete(_ chunked: ChunkedCase) {
        let bytes = Array(chunked.text.utf8)
        #expect(bytes.indices.allSatisfy { decode([bytes[..<$0]], .chunked, limit: 100) == .incomplete })
    }

    @Test("Chunked bodies that are rejected", arguments: rejectedBodies)
    private func rejected(_ chunked: ChunkedCase) {
        #expect(decode(chunked.text).status == 400)
        #expect(cutsThatMatter(chunked.text).isEmpty)
    }

    @Test("RFC 9110 §15.5.14: a length over the limit is rejected at once", arguments: [6, 1_000, Int.max])
    func tooLargeByLength(_ length: Int) {
        #expect(decode("", .length(length), limit: 5) == .tooLarge)
        #expect(decode("hello!", .length(length), limit: 5) == .tooLarge)
        #expect(decode("hello", .length(5), limit: 5) == .complete("hello", used: 5))
    }

    @Test(
        "RFC 9110 §15.5.14: chunks over the limit are detected at the size that exceeds it",
        arguments: ["6\r\n", "3\r\nabc\r\n3\r\n", "fffffffffffffff\r\n", "1\r\na\r\nfffffffffffffff\r\n"])
    func tooLargeByChunks(_ text: String) {
        #expect(decode(text, limit: 5) == .tooLarge)
        #expect(decode(text + "anything", limit: 5) == .tooLarge)
        #expect(cutsThatMatter(text + "anything", limit: 5).isEmpty)
    }

    @Test("RFC 9110 §15.5.14: chunks up to the limit are accepted, whatever surrounds them")
    func exactlyTheLimit() {
        let text = "2;extension\r\nab\r\n3\r\ncde\r\n0\r\nTrailer: x\r\n\r\n"
        #expect(decode(text, limit: 5) == .complete("abcde", used: text.utf8.count))
    }

    @Test("RFC 9112 §7.1.1, §7.1.2: endless extensions and trailers are rejected")
    func endless() {
        let long = String(repeating: "a", count: 10_000)
        #expect(decode("1;" + long).status == 400)
        // The limit is for all extensions of a body together. Otherwise each of many small chunks could have a long
        // one.
        let short = "1;" + String(repeating: "a", count: 1_000) + "\r\nx\r\n"
        #expect(decode(String(repeating: short, count: 8) + "0\r\n\r\n").status == nil)
        #expect(decode(String(repeating: short, count: 9)).status == 400)
        #expect(decode("0\r\nX: " + long).status == 431)
        #expect(decode("0\r\n" + String(repeating: "X: a\r\n", count: 2_000)).status == 431)
    }
}
