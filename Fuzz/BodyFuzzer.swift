import Glibc

/// Fuzzes chunked bodies. The outcome must not depend on how the bytes are cut, and no body may exceed the limit.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBody(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let bytes = Bytes(start: start, count: count)
    let whole = decode([bytes])
    // The first byte chooses the cut, and is part of the body as well.
    let cut = count > 0 ? Int(start[0]) * count / 256 : 0
    require(
        whole == decode([Bytes(rebasing: bytes[..<cut]), Bytes(rebasing: bytes[cut...])]), "a cut changes the outcome")
    require(whole == decode(bytes.indices.map { Bytes(rebasing: bytes[$0...$0]) }), "single bytes change the outcome")
    return 0
}

/// The outcome of decoding a body.
private enum Outcome: Equatable {
    case incomplete(decoded: [UInt8])
    case refused(HTTPFault)
    case tooLarge
    case complete(used: Int, decoded: [UInt8])
}

private let limit = 64

private func decode(_ pieces: [Bytes]) -> Outcome {
    var decoder = BodyDecoder(.chunked, limit: limit)
    var used = 0
    do throws(HTTPFault) {
        for piece in pieces {
            let taken = try decoder.decode(piece)
            require(taken >= 0 && taken <= piece.count, "the decoder takes more bytes than there are")
            require(taken == piece.count || decoder.isComplete || decoder.isTooLarge, "the decoder stops early")
            used += taken
        }
    } catch {
        return .refused(error)
    }
    require(decoder.body.count <= limit, "the body is over the limit")
    if decoder.isTooLarge { return .tooLarge }
    return decoder.isComplete ? .complete(used: used, decoded: decoder.body) : .incomplete(decoded: decoder.body)
}
