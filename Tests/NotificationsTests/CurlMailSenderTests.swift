import Foundation
import Locking
import StatusPages
import TestSupport
import Testing

@testable import Notifications

@Suite("Sending emails over a connection that is kept")
struct CurlMailSenderTests {
    /// The input of a relay.
    private final class Log: Sendable {
        let lines = Locked<[String]>([])

        func append(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
        var messages: [String] { all.filter { $0.hasPrefix("message ") } }
    }

    /// A relay that accepts everything, unless `answer` says otherwise. `answer` gets the connection and the command.
    /// It returns a reply, or an empty text to close the connection.
    private func relay(
        _ log: Log, capabilities: String = "", answer: @escaping @Sendable (Int, String) -> String? = { _, _ in nil }
    ) -> FakeServer {
        FakeServer { connection in
            connection.write("220 fake\r\n")
            while let line = connection.readLine() {
                log.append("\(connection.number) \(line)")
                if let reply = answer(connection.number, line) {
                    if reply.isEmpty { return }
                    connection.write("\(reply)\r\n")
                    continue
                }
                switch line.prefix(4) {
                case "EHLO": connection.write("250-fake\r\n\(capabilities)250 8BITMIME\r\n")
                case "DATA":
                    connection.write("354 go\r\n")
                    var message: [String] = []
                    while let line = connection.readLine(), line != "." { message.append(line) }
                    log.append("message \(connection.number) \(message.joined(separator: "|"))")
                    connection.write(answer(connection.number, "message").map { "\($0)\r\n" } ?? "250 2.0.0 ok\r\n")
                case "QUIT":
                    connection.write("221 bye\r\n")
                    return
                default: connection.write("250 ok\r\n")
                }
            }
        }
    }

    private func sender(
        _ server: FakeServer, interruption: Interruption = Interruption(),
        _ change: (inout MailSettings) -> Void = { _ in }
    ) -> CurlMailSender {
        var settings = Fixtures.settings
        settings.host = "127.0.0.1"
        settings.port = Int(server.port)
        settings.encryption = .none
        settings.helo = "me.test"
        settings.timeoutSeconds = 20
        change(&settings)
        return CurlMailSender(settings, interruption: interruption)
    }

    private func mail(_ text: String = "Subject: x\r\n\r\nhello\r\n") -> Mail {
        Mail(
            returnPath: Fixtures.address("status@acme.example"), recipient: Fixtures.address("anna@example.org"),
            bytes: Array(text.utf8), messageID: "<x>")
    }

    private func isAccepted(_ outcome: MailOutcome) -> Bool { if case .accepted = outcome { true } else { false } }

    @Test("After the maximum number of emails, a new connection is opened")
    func reuse() async throws {
        await OwnThread.run {
            let log = Log()
            let server = relay(log)
            let sender = sender(server) { $0.maxMessagesPerConnection = 3 }
            for _ in 0..<7 {
                #expect(sender.send(mail()) == .accepted(Delivery.Response(code: 250, text: "2.0.0 ok")))
            }
            sender.close()
            #expect(log.messages.map { $0.split(separator: " ")[1] } == ["1", "1", "1", "2", "2", "2", "3"])
            #expect(log.all.filter { $0.contains("EHLO me.test") }.count == 3)
            #expect(isAccepted(sender.send(mail())))
            #expect(log.messages.last?.hasPrefix("message 4") == true)
        }
    }

    @Test("Lines that begin with a dot arrive unchanged")
    func dots() async throws {
        await OwnThread.run {
            let log = Log()
            let server = relay(log)
            let sender = sender(server)
            #expect(isAccepted(sender.send(mail(".a\r\n.\r\n..\r\nx\r\n.\r\n"))))
            #expect(log.messages == ["message 1 ..a|..|...|x|.."])
        }
    }

    @Test("A connection that the relay closed while it was idle causes no failure")
    func idle() async throws {
        await OwnThread.run {
            let log = Log()
            let server = relay(log) { connection, line in
                connection == 1 && line == "message" ? "250 ok\r\n421 idle" : nil
            }
            let sender = sender(server)
            #expect(isAccepted(sender.send(mail())))
            let next = sender.send(mail())
            // libcurl may also read the 421 as the reply to MAIL. The 421 then counts as a failure of the relay.
            if case .relayTrouble(let response) = next {
                #expect(response.code == 421)
            } else {
                #expect(isAccepted(next))
            }
        }
        await OwnThread.run {
            let log = Log()
            let count = Locked(0)
            // Closes the first connection when the second email begins.
            let server = relay(log) { connection, line in
                guard connection == 1, line.hasPrefix("MAIL") else { return nil }
                let isSecond = count.withLock { number in
                    number += 1
                    return number > 1
                }
                return isSecond ? "" : nil
            }
            let sender = sender(server)
            #expect(isAccepted(sender.send(mail())))
            #expect(isAccepted(sender.send(mail())))
            #expect(log.messages.map { $0.split(separator: " ")[1] } == ["1", "2"])
        }
    }

    @Test("After a rejection, the next email is sent over a new connection")
    func refusal() async throws {
        await OwnThread.run {
            let log = Log()
            let server = relay(log) { connection, line in
                connection == 1 && line.hasPrefix("RCPT") ? "550 5.1.1 unknown" : nil
            }
            let sender = sender(server)
            #expect(sender.send(mail()) == .noMailbox(Delivery.Response(code: 550, text: "5.1.1 unknown")))
            #expect(isAccepted(sender.send(mail())))
        }
    }

    @Test(
        "A permanently rejected sender is not a failure of the relay",
        arguments: [("553 5.7.1 not yours", true), ("451 4.3.0 later", false), ("421 4.3.2 closing", false)])
    func senderRefused(_ reply: String, _ isRefused: Bool) async throws {
        await OwnThread.run {
            let server = relay(Log()) { _, line in line.hasPrefix("MAIL") ? reply : nil }
            let outcome = sender(server).send(mail())
            let response = Delivery.Response(code: Int(reply.prefix(3)), text: String(reply.dropFirst(4)))
            #expect(outcome == (isRefused ? .senderRefused(response) : .relayTrouble(response)))
        }
    }

    @Test("A bearer token is read again for each connection")
    func tokens() async throws {
        try await OwnThread.run {
            let directory = try TemporaryDirectory()
            let file = try directory.write("first\n", to: "token")
            let log = Log()
            let server = relay(log, capabilities: "250-AUTH XOAUTH2\r\n") { _, line in
                line == "AUTH XOAUTH2" ? "334 " : line.hasPrefix("dXNlcj") ? "235 2.7.0 ok" : nil
            }
            let sender = sender(server) {
                $0.username = "acme"
                $0.password = .file(file)
                $0.login = .xoauth2
            }
            func token() throws -> String? {
                #expect(isAccepted(sender.send(mail())))
                let text = log.all.last { $0.contains(" dXNlcj") }?.split(separator: " ").last
                return text.flatMap { Data(base64Encoded: String($0)) }.map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(try token()?.contains("first") == true)
            try directory.write("second", to: "token")
            #expect(try token()?.contains("second") == true)
            try FileManager.default.removeItem(atPath: file)
            sender.close()
            guard case .relayTrouble(let response) = sender.send(mail()) else {
                Issue.record("an email was sent without a token")
                return
            }
            #expect(response.text.contains("cannot be read"))
        }
    }

    @Test("An email that hangs is interrupted", arguments: ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
    func interruption(stage: String) async throws {
        await OwnThread.run {
            let log = Log()
            let (hangs, ends) = (Event(), Event())
            let server = relay(log) { _, line in
                guard line.hasPrefix(stage) else { return nil }
                hangs.happen()
                _ = ends.wait()
                return ""
            }
            let interruption = Interruption()
            let sender = sender(server, interruption: interruption) { $0.timeoutSeconds = 600 }
            if stage == "QUIT" {
                // Closing does not wait for the relay.
                #expect(isAccepted(sender.send(mail())))
                sender.close()
            } else {
                OwnThread.start {
                    _ = hangs.wait()
                    interruption.interrupt()
                }
                #expect(
                    sender.send(mail())
                        == .relayTrouble(Delivery.Response(code: nil, text: "interrupted, because the server stops")))
            }
            ends.happen()
        }
    }
}
