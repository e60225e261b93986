import Foundation
import Locking
import StatusPages
import TestSupport
import Testing

@testable import Notifications

@Suite("Calling endpoints")
struct CurlCallerTests {
    /// Answers every call with these bytes, and keeps the calls.
    private func endpoint(
        _ log: Locked<[String]>.Box, _ answer: @escaping @Sendable (FakeServer.Connection) -> Void
    ) -> FakeServer {
        FakeServer { connection in
            var head: [String] = []
            while let line = connection.readLine(), !line.isEmpty { head.append(line) }
            let length = head.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
            let body = connection.read(length.flatMap { Int($0) } ?? 0)
            log.append(head.joined(separator: "\n") + "\n\n" + String(decoding: body, as: UTF8.self))
            answer(connection)
        }
    }

    private static let loopback = ["127.0.0.0/8"]

    private func send(
        to url: String, networks: [String] = loopback, interruption: Interruption = Interruption(),
        _ change: (inout WebhookSettings) -> Void = { _ in }
    ) -> CallOutcome {
        var settings = WebhookSettings()
        settings.httpsOnly = false
        settings.allowedNetworks = networks.compactMap(InternetNetwork.init)
        change(&settings)
        let call = Call(
            url: url, fields: [(name: "Content-Type", value: "application/json"), (name: "webhook-id", value: "1")],
            body: Array(#"{"a":"ö"}"#.utf8))
        return CurlCaller(settings, interruption: interruption).send(call)
    }

    private func outcome(_ answer: String) async throws -> CallOutcome {
        await OwnThread.run {
            let server = endpoint(Locked<[String]>.Box()) { $0.write(answer) }
            return send(to: "http://127.0.0.1:\(server.port)/x")
        }
    }

    @Test("A call is one POST with its fields and body")
    func request() async throws {
        await OwnThread.run {
            let log = Locked<[String]>.Box()
            let server = endpoint(log) { $0.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine") }
            #expect(
                send(to: "http://127.0.0.1:\(server.port)/x?y=z")
                    == .accepted(Delivery.Response(code: 200, text: "fine")))
            #expect(log.all.count == 1)
            let parts = log.all[0].components(separatedBy: "\n\n")
            #expect(parts[1] == #"{"a":"ö"}"#)
            let lines = parts[0].components(separatedBy: "\n")
            #expect(lines[0] == "POST /x?y=z HTTP/1.1")
            #expect(
                Set(lines.dropFirst())
                    == [
                        "Host: 127.0.0.1:\(server.port)", "Content-Type: application/json", "webhook-id: 1",
                        "Content-Length: 10",
                    ])
        }
    }

    @Test("Another method is sent unchanged, without a body and its type", arguments: ["PURGE", "DELETE", "GET"])
    func method(_ method: String) async throws {
        await OwnThread.run {
            let log = Locked<[String]>.Box()
            let server = endpoint(log) { $0.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine") }
            var settings = WebhookSettings()
            settings.httpsOnly = false
            settings.allowedNetworks = Self.loopback.compactMap(InternetNetwork.init)
            let call = Call(
                method: method, url: "http://127.0.0.1:\(server.port)/x", fields: [(name: "X-Key", value: "1")],
                body: [])
            #expect(CurlCaller(settings).send(call) == .accepted(Delivery.Response(code: 200, text: "fine")))
            let lines = Set(log.all.flatMap { $0.components(separatedBy: "\n") }.filter { !$0.isEmpty })
            #expect(
                lines == ["\(method) /x HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "X-Key: 1", "Content-Length: 0"])
        }
    }

    @Test(
        "The outcome of each answer",
        arguments: [
            ("HTTP/1.1 200 OK\r\n\r\n", .accepted(Delivery.Response(code: 200, text: ""))),
            ("HTTP/1.1 204 No Content\r\n\r\n", .accepted(Delivery.Response(code: 204, text: ""))),
            (
                "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nbroken off",
                .accepted(Delivery.Response(code: 202, text: "broken off"))
            ),
            (
                "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                .failed(Delivery.Response(code: 301, text: ""), retryAfter: nil)
            ),
            (
                "HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\na\tb\r\n  c\0d",
                .failed(Delivery.Response(code: 500, text: "a b c d"), retryAfter: nil)
            ),
            ("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", .gone(Delivery.Response(code: 410, text: ""))),
            (
                "HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
                .failed(Delivery.Response(code: 429, text: ""), retryAfter: 120)
            ),
            (
                "HTTP/1.1 503 No\r\nRetry-After: 99999999\r\nContent-Length: 0\r\n\r\n",
                .failed(Delivery.Response(code: 503, text: ""), retryAfter: 3_600)
            ),
            (
                "HTTP/1.1 503 No\r\nRetry-After: Wed, 01 Jan 2098 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
                .failed(Delivery.Response(code: 503, text: ""), retryAfter: 3_600)
            ),
            (
                "HTTP/1.1 503 No\r\nRetry-After: Wed, 01 Jan 2020 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
                .failed(Delivery.Response(code: 503, text: ""), retryAfter: nil)
            ),
            (
                "HTTP/1.1 503 No\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n",
                .failed(Delivery.Response(code: 503, text: ""), retryAfter: nil)
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                .accepted(Delivery.Response(code: 200, text: "ok"))
            ),
        ] as [(String, CallOutcome)])
    func answers(answer: String, expected: CallOutcome) async throws {
        #expect(try await outcome(answer) == expected)
    }

    @Test(
        "A malformed answer is a failure",
        arguments: ["", "hello\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "220 smtp\r\n"])
    func noAnswer(answer: String) async throws {
        guard case .failed(let response, nil) = try await outcome(answer) else {
            Issue.record("accepted")
            return
        }
        #expect(response.code == nil && !response.text.isEmpty)
    }

    @Test("Only the beginning of an endless answer is read")
    func endless() async throws {
        let isOver = Event()
        let part = String(repeating: "x", count: 1_000)
        let result = await OwnThread.run {
            let server = endpoint(Locked<[String]>.Box()) { connection in
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
                while connection.write(part) {}
                isOver.happen()
            }
            return send(to: "http://127.0.0.1:\(server.port)/") { $0.timeoutSeconds = 300 }
        }
        #expect(result == .accepted(Delivery.Response(code: 200, text: String(repeating: "x", count: 200))))
        #expect(isOver.wait())
        let head = await OwnThread.run {
            let server = endpoint(Locked<[String]>.Box()) { connection in
                connection.write("HTTP/1.1 500 No\r\n")
                while connection.write("X: \(part)\r\n") {}
                isOver.happen()
            }
            return send(to: "http://127.0.0.1:\(server.port)/") { $0.timeoutSeconds = 300 }
        }
        #expect(head == .failed(Delivery.Response(code: 500, text: ""), retryAfter: nil))
        #expect(isOver.wait())
    }

    @Test("No connection is made to an address that is not allowed, however the host is written")
    func addresses() async throws {
        await OwnThread.run {
            let log = Locked<[String]>.Box()
            let server = endpoint(log) { $0.write("HTTP/1.1 200 OK\r\n\r\n") }
            for host in ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "0"] {
                guard case .failed(let response, nil) = send(to: "http://\(host):\(server.port)/", networks: []) else {
                    Issue.record("\(host) was called")
                    continue
                }
                #expect(
                    response.text
                        == "the host's address is not public, and webhooks.allowed_networks does not contain it")
            }
            #expect(log.all == [])
            // Only a setting that allows the server's own network lets the call through.
            #expect(
                send(to: "http://localhost:\(server.port)/", networks: ["10.0.0.0/8"])
                    != send(
                        to: "http://localhost:\(server.port)/", networks: ["127.0.0.1"]))
            #expect(log.all.count == 1)
        }
    }

    @Test("Only https, unless the configuration allows http")
    func schemes() async throws {
        await OwnThread.run {
            let log = Locked<[String]>.Box()
            let server = endpoint(log) { $0.write("HTTP/1.1 200 OK\r\n\r\n") }
            for url in ["http://127.0.0.1:\(server.port)/", "file:///etc/passwd", "smtp://127.0.0.1:\(server.port)/"] {
                guard case .failed = send(to: url, { $0.httpsOnly = true }) else {
                    Issue.record("\(url) was called")
                    continue
                }
            }
            #expect(log.all == [])
        }
    }

    @Test("A configured proxy gets the call, and the server leaves the check of the address to it")
    func proxy() async throws {
        await OwnThread.run {
            let log = Locked<[String]>.Box()
            let server = endpoint(log) { $0.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
            let outcome = send(to: "http://hooks.invalid/x", networks: []) {
                $0.proxy = "http://127.0.0.1:\(server.port)"
            }
            #expect(outcome == .accepted(Delivery.Response(code: 200, text: "")))
            #expect(log.all.first?.hasPrefix("POST http://hooks.invalid/x HTTP/1.1\n") == true)
        }
    }

    @Test("A call that hangs ends with its timeout, or when it is interrupted")
    func hanging() async throws {
        await OwnThread.run {
            let (hangs, ends) = (Event(), Event())
            let server = endpoint(Locked<[String]>.Box()) { _ in
                hangs.happen()
                _ = ends.wait()
            }
            let url = "http://127.0.0.1:\(server.port)/"
            guard case .failed(let response, nil) = send(to: url, { $0.timeoutSeconds = 1 }) else {
                Issue.record("accepted")
                return
            }
            #expect(response.code == nil && response.text.contains("timed out"))
            let interruption = Interruption()
            _ = hangs.wait()
            OwnThread.start {
                _ = hangs.wait()
                interruption.interrupt()
            }
            let interrupted = Delivery.Response(code: nil, text: "interrupted, because the server stops")
            #expect(
                send(to: url, interruption: interruption, { $0.timeoutSeconds = 300 })
                    == .failed(interrupted, retryAfter: nil))
            ends.happen()
            ends.happen()
        }
    }
}

extension Locked<[String]> {
    /// A list that several threads append to.
    final class Box: Sendable {
        private let list = Locked<[String]>([])

        func append(_ text: String) { list.withLock { $0.append(text) } }
        var all: [String] { list.withLock { $0 } }
    }
}
