import Foundation
import StatusPages
import Testing

@testable import Notifications

@Suite("Composing emails")
struct MailComposerTests {
    private static let composer = MailComposer(Fixtures.settings)

    /// A message with everything that could break an email.
    private static let hostile = """
        We see **errors** in _Zürich_ – see [the ticket](https://acme.example/t?a=1&b=2).

        .
        .. dots, a trailing space \nFrom here on = 100 % of logins fail 🔥\u{0}<script>alert(1)</script>
        ![pixel](https://evil.example/p.gif)
        https://acme.example/a-very-long-address/\(String(repeating: "segment/", count: 20))
        """

    private static func golden(_ name: String) -> Mail? {
        let later = Fixtures.time.advanced(byMilliseconds: 3_600_000)
        let affected = [
            Announcement.Affected(name: "EU - Login", status: .partialOutage),
            Announcement.Affected(name: "Website", status: .degradedPerformance),
        ]
        func update(
            _ notifications: [UpdateNotification], on page: SubscribeSettings = SubscribeSettings(),
            thread: ID<UpdateNotification>? = nil
        ) -> Mail? {
            composer.update(notifications, on: page)?.copy(to: Fixtures.subscriber(), thread: thread, key: Fixtures.key)
        }
        func letter(_ kind: Delivery.Kind) -> Mail? {
            composer.mail(
                for: Fixtures.delivery(kind), to: Fixtures.subscriber(), on: SubscribeSettings(), key: Fixtures.key)
        }
        switch name {
        case "first": return update([Fixtures.notification(affected: affected)])
        case "hostile":
            return update([
                Fixtures.notification(
                    name: "Störung =?utf-8?q?x?= 🔥\r\nBcc: eve@example.org " + String(repeating: "lang", count: 30),
                    message: hostile, pageName: "Ac\"me\\ <Status>, Ltd.", affected: affected)
            ])
        case "merged":
            return update(
                [
                    Fixtures.notification(
                        5, status: "resolved", message: "All is well again.",
                        affected: [
                            Announcement.Affected(name: "EU - Login", status: .operational)
                        ], at: later),
                    Fixtures.notification(4, status: "identified", message: "A disk is full.", affected: affected),
                ],
                on: SubscribeSettings(
                    from: Mailbox("Über uns <ops@acme-team.example>"), replyTo: Mailbox("help@acme.example")),
                thread: Fixtures.id(3))
        case "maintenance":
            return update([
                Fixtures.notification(
                    name: "New disks", status: "maintenance_scheduled", message: "We replace disks.",
                    kind: .maintenance, window: Maintenance.Window(startAt: Fixtures.time, endAt: later))
            ])
        case "confirmation": return letter(.confirmation)
        case "manage": return letter(.manage)
        default: return letter(.test)
        }
    }

    static let names = ["first", "hostile", "merged", "maintenance", "confirmation", "manage", "test"]

    @Test("An email is, byte for byte, the one in the folder Golden", arguments: names)
    func golden(name: String) throws {
        let mail = try #require(Self.golden(name))
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).eml")
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(String(decoding: mail.bytes, as: UTF8.self) == expected)
        #expect(Self.golden(name) == mail)
    }

    @Test("Lines are short ASCII with CRLF, and each field occurs once", arguments: names)
    func form(name: String) throws {
        let mail = try #require(Self.golden(name))
        let text = String(decoding: mail.bytes, as: UTF8.self)
        #expect(mail.bytes.allSatisfy { $0 < 0x7F && ($0 >= 0x20 || $0 == 0x0D || $0 == 0x0A) })
        #expect(text.hasSuffix("--\r\n"))
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        let body = parts[1].components(separatedBy: "\r\n")
        #expect(body.allSatisfy { $0.utf8.count <= 76 && !$0.contains("\n") && !$0.contains("\r") })
        let header = parts[0].components(separatedBy: "\r\n")
        for line in header where line.utf8.count > 78 {
            #expect(
                ["List-Unsubscribe: <", "Message-ID: <", "In-Reply-To: <", "References: <"].contains(
                    where: line.hasPrefix))
        }
        let names = header.filter { $0.first != " " }.map { $0.prefix { $0 != ":" } }
        #expect(Set(names).count == names.count)
        for name in ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"] {
            #expect(names.contains(Substring(name)))
        }
        #expect(!names.contains("Precedence") && !names.contains("Bcc"))
        let html = text[(try #require(text.firstRange(of: "text/html"))).upperBound...]
        #expect(!html.contains("<img") && !html.contains("<script"))
    }

    @Test("Only emails about updates have the fields of a mailing list")
    func listFields() throws {
        for name in Self.names {
            let text = String(decoding: try #require(Self.golden(name)).bytes, as: UTF8.self)
            let isUpdate = ["first", "hostile", "merged", "maintenance"].contains(name)
            #expect(text.contains("\r\nList-Id: ") == isUpdate)
            #expect(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") == isUpdate)
        }
    }

    @Test("The envelope has the return path or, without one, the sender")
    func envelope() throws {
        var settings = Fixtures.settings
        #expect(try #require(Self.golden("merged")).returnPath.description == "ops@acme-team.example")
        settings.returnPath = EmailAddress("bounces@acme.example")
        let mail = MailComposer(settings).relayTest(
            to: try #require(EmailAddress("anna@example.org")), id: Fixtures.subscriberID.ulid, at: Fixtures.time)
        #expect(mail.returnPath.description == "bounces@acme.example")
        #expect(mail.recipient.description == "anna@example.org")
    }

    @Test("Emails to users have their link and its time of expiry", arguments: ["invitation", "reset"])
    func account(kind: String) throws {
        let url = "https://status.acme.example/dashboard/\(kind)#abc-DEF_123"
        let letter: AccountLetter =
            kind == "reset" ? .reset(url: url, until: Fixtures.time) : .invitation(url: url, until: Fixtures.time)
        let mail = Self.composer.account(
            letter, to: try #require(EmailAddress("anna@example.org")), id: Fixtures.subscriberID.ulid,
            at: Fixtures.time)
        #expect(mail.recipient.description == "anna@example.org")
        // Quoted-printable breaks long lines.
        let text = String(decoding: mail.bytes, as: UTF8.self).replacing("=\r\n", with: "")
        #expect(text.contains("\r\n\(url)\r\n"))
        #expect(
            text.contains("Subject: \(kind == "reset" ? "Reset your password" : "Your invitation to Allclear")\r\n"))
        #expect(!text.contains("List-Unsubscribe"))
    }

    @Test("Nothing is composed for an erased address, or without an announcement")
    func nothing() {
        let erased = Fixtures.subscriber(address: "")
        #expect(
            Self.composer.update([Fixtures.notification()], on: SubscribeSettings())?.copy(
                to: erased, thread: nil, key: [])
                == nil)
        #expect(Self.composer.update([], on: SubscribeSettings()) == nil)
        for kind in [Delivery.Kind.confirmation, .manage, .test] {
            #expect(
                Self.composer.mail(for: Fixtures.delivery(kind), to: erased, on: SubscribeSettings(), key: []) == nil)
        }
        #expect(
            Self.composer.mail(
                for: Fixtures.delivery(.update), to: Fixtures.subscriber(), on: SubscribeSettings(), key: []) == nil)
    }

    @Test("The first email of a thread refers to no other email, even if it is sent again")
    func threads() throws {
        for thread in [nil, Fixtures.id(3)] as [ID<UpdateNotification>?] {
            let mail = try #require(
                Self.composer.update([Fixtures.notification(3)], on: SubscribeSettings())?
                    .copy(to: Fixtures.subscriber(), thread: thread, key: Fixtures.key))
            #expect(!String(decoding: mail.bytes, as: UTF8.self).contains("In-Reply-To"))
        }
    }
}
