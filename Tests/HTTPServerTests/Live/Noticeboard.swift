import HTTPTypes
import Locking
import Testing

@testable import HTTPServer

/// A resource that changes when a test posts a notice. `/wait` waits for the next notice, `/stream` streams all
/// notices.
final class Noticeboard: Sendable {
    let announcer = Announcer()
    private let notice = Locked("first")
    /// The number of requests that wait for the board.
    private let waiting = Locked(0)

    var current: String { notice.withLock { $0 } }
    var count: Int { waiting.withLock { $0 } }

    func post(_ text: String) {
        notice.withLock { $0 = text }
        announcer.announce()
    }

    func change(by difference: Int) { waiting.withLock { $0 += difference } }

    /// Waits until `expected` requests wait. Fails the test after a timeout.
    func waitUntil(count expected: Int) async throws {
        for _ in 0..<1_000 {
            if count == expected { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(count) requests wait, not \(expected)")
    }
}

extension Noticeboard {
    @Sendable func makeResponder() -> any InlineResponder { NoticeResponder(self) }
}

/// Runs a server with a noticeboard.
func withBoard(
    _ settings: ServerSettings = .testing(), _ body: (Noticeboard, TestServer) async throws -> Void
) async throws {
    let board = Noticeboard()
    try await withServer(settings, announcer: board.announcer, inline: board.makeResponder) { server in
        try await body(board, server)
    }
}

/// Serves a noticeboard on an event loop.
final class NoticeResponder: InlineResponder {
    private let board: Noticeboard

    init(_ board: Noticeboard) { self.board = board }

    func respond(to request: RequestView) -> InlineAnswer? {
        switch request.path.string {
        case "/wait": .held(Held(board, isStream: false))
        case "/wait-briefly": .held(Held(board, isStream: false, patience: 2))
        case "/stream-head": .response(PreparedResponse(.text("begin\n"), isOpenEnded: true))
        case "/stream":
            .stream(PreparedResponse(.text("begin\n"), isOpenEnded: true), Held(board, isStream: true, patience: 1))
        default: .response(PreparedResponse(.text(request.target)))
        }
    }

    private final class Held: HeldRequest {
        let patience: Int
        private let board: Noticeboard
        private let isStream: Bool
        private var seen: String

        init(_ board: Noticeboard, isStream: Bool, patience: Int = 60) {
            self.board = board
            self.isStream = isStream
            self.patience = patience
            seen = board.current
            board.change(by: 1)
        }

        deinit { board.change(by: -1) }

        func news() -> HeldStep {
            let notice = board.current
            guard notice != seen else { return .wait }
            seen = notice
            if notice == "gone" { return .fault(.gone) }
            if notice == "end" { return .end }
            return isStream ? .part([Array(notice.utf8), Array("\n".utf8)]) : .answer(PreparedResponse(.text(notice)))
        }

        func timeUp() -> HeldStep {
            isStream ? .part([Array(".\n".utf8)]) : .answer(PreparedResponse(.text("nothing new")))
        }

        func stop() -> HeldStep { isStream ? .end : .answer(PreparedResponse(.text("stopped"))) }
    }
}
