import Glibc

/// Chunked bodies: for any bytes, in any pieces, the outcome is the same, and the body never exceeds the limit.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBody(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let bytes = Bytes(start: start, count: count)
    let whole = decode([bytes])
    // The first byte chooses the cut, and is part of the body as well.
    let cut = count > 0 ? Int(start[0]) * count / 256 : 0
    require(whole == decode([Bytes(rebasing: bytes[..<cut]), Bytes(rebasing: bytes[cut...])]), "a cut matters")
    require(whole == decode(bytes.indices.map { Bytes(rebasing: bytes[$0...$0]) }), "single bytes matter")
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
            require(taken >= 0 && taken <= piece.count, "more is taken than there is")
            require(taken == piece.count || decoder.isComplete || decoder.isTooLarge, "it stops before the end")
            used += taken
        }
    } catch {
        return .refused(error)
    }
    require(decoder.body.count <= limit, "the body is over the limit")
    if decoder.isTooLarge { return .tooLarge }
    return decoder.isComplete ? .complete(used: used, decoded: decoder.body) : .incomplete(decoded: decoder.body)
}
