import CLinux
import Glibc

/// Names a connection of an event loop: its slot, and how often that slot was used before, so that an answer that
/// comes late is not sent to whoever has the slot by then.
struct ConnectionID: Equatable, Sendable {
    var slot: UInt32
    var generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(eventData: UInt64) {
        slot = UInt32(truncatingIfNeeded: eventData)
        generation = UInt32(truncatingIfNeeded: eventData >> 32)
    }

    var eventData: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// How a connection came in.
struct ConnectionOrigin {
    let descriptor: Int32
    let listener: Listener
    var peer: IPAddress?
    var isFromProxy = false
    var tls: TLSSession?
}

/// One client's connection, owned by one event loop and touched by no other thread.
///
/// An idle connection holds no buffers: bytes are read into the loop's and only what is left over is kept here.
final class Connection {
    enum Phase {
        /// TLS is being agreed on.
        case handshaking
        /// Between requests, or in the middle of a head.
        case head
        /// Taking in the body of `request`.
        case body
        /// A handler has the request. Nothing more is read until it answers.
        case handling
        /// The request waits for news, or its answer goes on with it.
        case held
        /// The last answer is being written.
        case closing
        /// Everything is written and our side is shut; reading on until the peer closes keeps the kernel from
        /// resetting the connection before the peer has read the answer (RFC 9112 §9.6).
        case lingering
    }

    let descriptor: Int32
    let id: ConnectionID
    let listener: Listener
    /// Who is at the other end; nil on a Unix socket.
    let peer: IPAddress?
    /// What the peer says about who it speaks for counts.
    private(set) var isFromProxy: Bool
    /// Who counts against the limit of an address, whatever the peer is taken for later.
    let countedClient: IPAddress?
    /// What its bytes go through; nil for one in the clear.
    private(set) var tls: TLSSession?
    /// Whether there is a session. Where most connections are in the clear, a constant is looked at faster.
    private let hasTLS: Bool
    var phase = Phase.head
    /// The last second of the loop's clock at which what is under way has not taken too long: time-outs come up to a
    /// second late, never early.
    var deadline = 0

    var scanner = HeadScanner()
    /// Bytes received and not yet understood.
    private var input: [UInt8] = []
    /// Whether there are any. A flag of its own, like the one for output: reading it is not checked for exclusivity, as
    /// looking at the array would be.
    private(set) var hasInput = false
    /// The request whose body is arriving.
    var request: Request?
    var decoder = BodyDecoder(.none, limit: 0)

    /// Bytes the socket did not take yet, from `outputStart` on.
    private var output: [UInt8] = []
    private var outputStart = 0
    private(set) var hasPendingOutput = false

    /// The last second at which the request may arrive, or its answer be read.
    var requestDeadline = 0
    /// The last second for its body if no more of it arrived.
    var bodyDeadline = 0
    /// Requests so far.
    var requestCount = 0

    /// Who made the request, if a proxy says that.
    var client: IPAddress?
    /// Facts about the request being answered.
    var isHEAD = false
    var keepAlive = true
    var minorVersion: UInt8 = 1
    /// The request came by https, here or at a proxy.
    var isByHTTPS: Bool

    /// Whether the socket may hold unread bytes: readiness is edge-triggered, so it is told once and remembered here.
    var isReadable = false
    /// It had its turn and is in line for another.
    var isPostponed = false
    /// Empty lines since the last request.
    var emptyLines = 0
    /// Bytes of the request's body that count against what all bodies may take.
    var bodyBytes = 0
    /// The kernel told of a hang-up: from here on only reading to the end shows what was left.
    var isHungUp = false
    /// Sending failed for good, which not every failure tells by an event too.
    var isBroken = false
    /// The peer sends nothing more.
    var isAtEnd = false
    /// The head under way has its deadline, which more bytes do not move.
    var isHeadTimed = false

    /// The request that waits for news.
    var held: (any HeldRequest)?
    /// Its place among the loop's.
    var heldIndex: Int?
    /// The body of its answer, which goes on, is sent in chunks.
    var isChunked = false
    /// There was news while the client had not read what came before.
    var hasMissedNews = false
    /// It has its deadline for reading that.
    var isReadingTimed = false

    init(_ origin: ConnectionOrigin, id: ConnectionID) {
        descriptor = origin.descriptor
        listener = origin.listener
        peer = origin.peer
        isFromProxy = origin.isFromProxy
        countedClient = origin.isFromProxy ? nil : origin.peer
        tls = origin.tls
        self.id = id
        hasTLS = tls != nil
        isByHTTPS = hasTLS
        if hasTLS { phase = .handshaking }
    }

    /// Whether more of the client's bytes may be looked at now. A client that does not read its answers is not asked
    /// for more requests.
    var takesInput: Bool {
        switch phase {
        case .head, .body: !hasPendingOutput
        case .handshaking, .handling, .held, .closing, .lingering: false
        }
    }

    /// Whose request it is, as text; empty on a Unix socket.
    var remoteAddress: String { (client ?? peer)?.description ?? "" }

    /// Nothing is under way: it may be closed without anyone missing an answer.
    var isIdle: Bool {
        if case .head = phase { return !hasInput && !hasPendingOutput }
        return false
    }

    /// Takes the peer for what it is by other settings.
    func setTrust(isFromProxy: Bool) {
        guard isFromProxy != self.isFromProxy else { return }
        self.isFromProxy = isFromProxy
        // What it said is forgotten, or is to be said again.
        client = nil
        isByHTTPS = tls != nil
    }

    // MARK: The socket

    /// Reads like `recv`: how many bytes, 0 at the end, -1 with `errno`. Notes if there is no more for now.
    func receive(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let isDrained: Bool
        let count: Int
        if hasTLS, let tls {
            count = tls.read(into: buffer)
            isDrained = tls.isDrained
        } else {
            // Not read(2): on a socket recv(2) is a little shorter a way through the kernel.
            count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            isDrained = count < buffer.count
        }
        // Of one that hung up, only reading to the end shows what was left.
        if count > 0, isDrained, !isHungUp { isReadable = false }
        return count
    }

    /// Writes like `send`. Notes a failure that is for good.
    func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count: Int
        if hasTLS, let tls {
            count = tls.write(bytes)
        } else {
            repeat {
                count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, allclear_msg_nosignal)
            } while count < 0 && errno == EINTR
        }
        if count < 0, errno != EAGAIN { isBroken = true }
        return count
    }

    /// Sends nothing more.
    /// - Returns: false if the peer is gone.
    func finishSending() -> Bool {
        tls?.sayGoodbye()
        return shutdown(descriptor, Int32(SHUT_WR)) == 0
    }

    /// Goes on in the clear, with a peer that spoke no TLS.
    func dropTLS() {
        tls = nil
        isByHTTPS = false
    }

    // MARK: Bytes that wait

    /// Keeps bytes for later, behind those that wait already.
    func keep(_ bytes: Bytes) {
        input.append(contentsOf: bytes)
        hasInput = !input.isEmpty
    }

    /// Lets the bytes that wait be looked at, and drops as many as were used, with the memory when all were: an idle
    /// connection keeps no buffer.
    func useInput(_ body: (Bytes) -> Int) {
        let waiting = input
        let used = waiting.withUnsafeBufferPointer(body)
        if used >= waiting.count {
            input = []
        } else {
            input.removeFirst(used)
        }
        hasInput = !input.isEmpty
    }

    /// Lets the bytes that wait be looked at.
    func withInput(_ body: (Bytes) -> Void) {
        let waiting = input
        waiting.withUnsafeBufferPointer(body)
    }

    func dropInput() {
        input = []
        hasInput = false
    }

    /// Keeps what the socket did not take.
    func queueOutput(_ bytes: Slice<Bytes>) {
        output.append(contentsOf: bytes)
        hasPendingOutput = true
    }

    /// Offers what waits to the socket.
    /// - Parameter write: returns how many bytes were taken.
    /// - Returns: whether any were.
    func offerOutput(_ write: (UnsafeRawBufferPointer) -> Int) -> Bool {
        let taken = output.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[outputStart...])) }
        guard taken > 0 else { return false }
        outputStart += taken
        if outputStart == output.count {
            output = []
            outputStart = 0
            hasPendingOutput = false
        }
        return true
    }
}
