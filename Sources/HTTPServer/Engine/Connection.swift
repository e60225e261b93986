import CLinux
import Glibc

/// Identifies a connection of an event loop: its slot, and a count of the slot's earlier uses. With the count, a late
/// answer is not sent to the slot's next connection.
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

/// The properties of a connection at accept.
struct ConnectionOrigin {
    let descriptor: Int32
    let listener: Listener
    var peer: IPAddress?
    var isFromProxy = false
    var tls: TLSSession?
}

/// One client's connection, owned by one event loop and used by no other thread.
///
/// An idle connection holds no buffers: the loop reads into its own buffer, and only leftover bytes are kept here.
final class Connection {
    enum Phase {
        /// The TLS handshake is in progress.
        case handshaking
        /// Between requests, or in the middle of a head.
        case head
        /// Receiving the body of `request`.
        case body
        /// A handler has the request. The loop reads nothing more until the handler answers.
        case handling
        /// The request waits for news, or its answer is a stream.
        case held
        /// The last answer is being written.
        case closing
        /// All output is written and the sending side is shut down. The loop reads until the peer closes, because
        /// otherwise the kernel resets the connection before the peer has read the answer (RFC 9112 §9.6).
        case lingering
    }

    let descriptor: Int32
    let id: ConnectionID
    let listener: Listener
    /// The peer's address; nil on a Unix socket.
    let peer: IPAddress?
    /// The peer is a trusted proxy, so its Forwarded fields are used.
    private(set) var isFromProxy: Bool
    /// The address counted against `maxConnectionsPerAddress`. It stays the same if a reload changes whether the peer
    /// is trusted.
    let countedClient: IPAddress?
    /// The TLS session; nil for a plain connection.
    private(set) var tls: TLSSession?
    /// Whether there is a session. Reading this constant is faster than reading `tls`, which matters if most
    /// connections are plain.
    private let hasTLS: Bool
    var phase = Phase.head
    /// The last second of the loop's clock in which the current phase is still on time. Timeouts fire up to a second
    /// late, never early.
    var deadline = 0

    var scanner = HeadScanner()
    /// Bytes received and not yet parsed.
    private var input: [UInt8] = []
    /// Whether `input` has bytes. A separate flag, like `hasPendingOutput`: reading it needs no exclusivity check, but
    /// reading the array would.
    private(set) var hasInput = false
    /// The request whose body is arriving.
    var request: Request?
    var decoder = BodyDecoder(.none, limit: 0)

    /// Bytes that the socket has not accepted yet, from `outputStart` on.
    private var output: [UInt8] = []
    private var outputStart = 0
    private(set) var hasPendingOutput = false

    /// The last second in which the request may arrive, or the client may read its answer.
    var requestDeadline = 0
    /// The last second in which the request's body may end, before the extra time for the bytes that arrived.
    var bodyDeadline = 0
    /// The number of requests so far.
    var requestCount = 0

    /// The client's address, if a proxy reports it.
    var client: IPAddress?
    /// Facts about the request being answered.
    var isHEAD = false
    var keepAlive = true
    var minorVersion: UInt8 = 1
    /// The request came by https, here or at a proxy.
    var isByHTTPS: Bool

    /// Whether the socket may hold unread bytes. Readiness is edge-triggered: epoll reports it once, so it is stored
    /// here.
    var isReadable = false
    /// The connection used up its turn and waits in `postponed` for the next one.
    var isPostponed = false
    /// Empty lines since the last request.
    var emptyLines = 0
    /// Bytes of the request's body that count against the `BodyBudget`.
    var bodyBytes = 0
    /// epoll reported a hang-up. It reports nothing more after that, so the loop must read to the end.
    var isHungUp = false
    /// Sending failed permanently. epoll does not report every such failure.
    var isBroken = false
    /// The peer has finished sending.
    var isAtEnd = false
    /// The deadline for the current head is set; more bytes do not move it.
    var isHeadTimed = false

    /// The request that waits for news.
    var held: (any HeldRequest)?
    /// Its index in the loop's `HeldConnections`.
    var heldIndex: Int?
    /// The answer is a stream that is sent in chunks.
    var isChunked = false
    /// News arrived before the client had read the previous output.
    var hasMissedNews = false
    /// The deadline for reading the pending output is set.
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

    /// Whether the loop may read more of the client's bytes now. If a client does not read its answers, the loop parses
    /// no further requests.
    var takesInput: Bool {
        switch phase {
        case .head, .body: !hasPendingOutput
        case .handshaking, .handling, .held, .closing, .lingering: false
        }
    }

    /// The client's address as text; empty on a Unix socket.
    var remoteAddress: String { (client ?? peer)?.description ?? "" }

    /// No request is in progress, so closing the connection loses no answer.
    var isIdle: Bool {
        if case .head = phase { return !hasInput && !hasPendingOutput }
        return false
    }

    /// Updates whether the peer is trusted, after the settings change.
    func setTrust(isFromProxy: Bool) {
        guard isFromProxy != self.isFromProxy else { return }
        self.isFromProxy = isFromProxy
        // The loop drops what the proxy reported. The next request reports it again.
        client = nil
        isByHTTPS = tls != nil
    }

    // MARK: The socket

    /// Reads like `recv`: returns the number of bytes, 0 at the end, or -1 with `errno`. Clears `isReadable` when the
    /// socket is empty.
    func receive(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let isDrained: Bool
        let count: Int
        if hasTLS, let tls {
            count = tls.read(into: buffer)
            isDrained = tls.isDrained
        } else {
            // recv(2), not read(2): on a socket it takes a slightly shorter path through the kernel.
            count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            isDrained = count < buffer.count
        }
        // After a hang-up, the socket counts as readable until the end.
        if count > 0, isDrained, !isHungUp { isReadable = false }
        return count
    }

    /// Writes like `send`. Sets `isBroken` on a permanent failure.
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

    /// Shuts down the sending side.
    /// - Returns: false if the peer is gone.
    func finishSending() -> Bool {
        tls?.sendCloseNotify()
        return shutdown(descriptor, Int32(SHUT_WR)) == 0
    }

    /// Continues without TLS, for a peer that spoke plain HTTP.
    func dropTLS() {
        tls = nil
        isByHTTPS = false
    }

    // MARK: Buffered bytes

    /// Appends bytes to those that already wait.
    func keep(_ bytes: Bytes) {
        input.append(contentsOf: bytes)
        hasInput = !input.isEmpty
    }

    /// Passes the waiting bytes to `body`, and drops as many as it used. If it used all of them, their memory is freed:
    /// an idle connection keeps no buffer.
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

    /// Passes the waiting bytes to `body`.
    func withInput(_ body: (Bytes) -> Void) {
        let waiting = input
        waiting.withUnsafeBufferPointer(body)
    }

    func dropInput() {
        input = []
        hasInput = false
    }

    /// Keeps bytes that the socket did not accept.
    func queueOutput(_ bytes: Slice<Bytes>) {
        output.append(contentsOf: bytes)
        hasPendingOutput = true
    }

    /// Offers the pending output to the socket.
    /// - Parameter write: returns the number of bytes that the socket accepted.
    /// - Returns: whether the socket accepted any.
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
