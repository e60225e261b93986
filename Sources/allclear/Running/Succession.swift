import HTTPServer
import Locking
import Logging
import Storage

/// The server that this one takes over from, and the server that takes over from this one.
final class Succession: Sendable {
    private struct State {
        var point: HandOverPoint?
        var isClosed = false
    }

    /// The running server that handed over its sockets; nil if there was none.
    let predecessor: Predecessor?
    private let path: String
    private let logger: Logger
    private let state = Locked(State())

    /// - Parameter takingOver: whether to ask a running server for its sockets.
    /// - Throws: `ServerStartError` if a running server refuses.
    init(takingOver: Bool, of database: DatabaseFile, logger: Logger) throws {
        path = database.handOverPath
        self.logger = logger
        predecessor = takingOver ? try Predecessor.find(at: path) : nil
        if takingOver, predecessor == nil { logger.notice("no running server to take over from; starting alone") }
    }

    /// Whether another server accepts connections from the same sockets now.
    var sharesSockets: Bool { predecessor?.isRunning == true || state.withLock { $0.point }?.hasSuccessor == true }

    /// Lets a successor take over, once the previous server has stopped.
    /// - Parameters:
    ///   - sockets: returns the sockets to hand over.
    ///   - whenAlone: called when the previous server has stopped.
    func open(_ sockets: @escaping @Sendable () -> [ListeningSocket], whenAlone: @escaping @Sendable () -> Void) {
        guard let predecessor else { return openPoint(sockets) }
        predecessor.whenEnded { [self] in
            logger.info("the previous server has stopped")
            whenAlone()
            openPoint(sockets)
        }
    }

    /// Stops accepting successors.
    func close() {
        let point = state.withLock { state in
            state.isClosed = true
            return state.point
        }
        point?.close()
    }

    /// Announces to the other server that this one has ended. If both end at the same time, the one that announces it
    /// last finds itself alone.
    /// - Returns: whether another server remains.
    func leave() -> Bool {
        predecessor?.leave()
        state.withLock { $0.point }?.leave()
        return sharesSockets
    }

    private func openPoint(_ sockets: @escaping @Sendable () -> [ListeningSocket]) {
        guard !state.withLock({ $0.isClosed }) else { return }
        do throws(ServerStartError) {
            let point = try HandOverPoint(at: path, sockets: sockets) { [self] in note($0) }
            let isClosed = state.withLock { state in
                state.point = point
                return state.isClosed
            }
            if isClosed { point.close() }
        } catch {
            logger.warning(
                "cannot create the takeover socket: no server can take over from this one",
                metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    private func note(_ event: HandOverPoint.Event) {
        switch event {
        case .handedOver(let process):
            logger.notice("another server is taking over", metadata: ["pid": .stringConvertible(process)])
        case .successorEnded(let process):
            if state.withLock({ $0.isClosed }) { return }
            logger.notice(
                "the server that was taking over has stopped; this one continues",
                metadata: ["pid": .stringConvertible(process)])
        case .refused(let reason):
            logger.warning("refused to hand over the sockets", metadata: ["reason": "\(reason)"])
        }
    }
}
