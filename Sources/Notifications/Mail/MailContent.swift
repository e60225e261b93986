import Markup
import StatusPages

/// The parts that all copies of an email share, encoded once for all recipients.
struct MailContent: Sendable {
    private let sender: Mailbox
    private let returnPath: EmailAddress
    private let header: [UInt8]
    private let text: [UInt8]
    private let html: (before: [UInt8], after: [UInt8])

    /// - Parameters:
    ///   - fields: fields that only some emails have.
    ///   - text: whole lines. The lines of a copy follow them.
    ///   - html: whole lines. The lines of a copy come between the two parts.
    init(
        from sender: Mailbox, replyTo: Mailbox?, returnPath: EmailAddress, date: Timestamp, subject: String,
        fields: [HeaderField] = [], text: String, html: (before: HTML, after: HTML)
    ) {
        self.sender = sender
        self.returnPath = returnPath
        var header = [HeaderField("Date", exactly: date.mailDate), HeaderField("From", sender)]
        if let replyTo { header.append(HeaderField("Reply-To", replyTo)) }
        header.append(HeaderField("Subject", text: subject))
        header += fields
        header += [
            HeaderField("Auto-Submitted", exactly: "auto-generated"),
            HeaderField("X-Auto-Response-Suppress", exactly: "All"), HeaderField("MIME-Version", exactly: "1.0"),
        ]
        self.header = header.flatMap { Array($0.lines.utf8) }
        self.text = QuotedPrintable.encode(text)
        self.html = (QuotedPrintable.encode(html.before.text), QuotedPrintable.encode(html.after.text))
    }

    /// One copy as it goes over the wire: a header, and the text in two forms. Programs show the last form that they
    /// support (RFC 2046 §5.1.4).
    /// - Parameters:
    ///   - id: the ids of the content and of the recipient. No two emails have the same pair.
    ///   - threadID: the id of the email that this one follows.
    ///   - fields: fields of this copy.
    ///   - text: the last lines of the text.
    ///   - html: whole lines.
    func copy(
        to recipient: EmailAddress, id: String, following threadID: String? = nil, fields: [HeaderField] = [],
        text: String, html: HTML
    ) -> Mail {
        // A line that no part can contain, because quoted-printable has no `=_`.
        let boundary = "=_\(id)"
        var own = [
            HeaderField("To", exactly: recipient.description), HeaderField("Message-ID", exactly: messageID(id)),
        ]
        if let threadID, threadID != id {
            own += ["In-Reply-To", "References"].map { HeaderField($0, exactly: messageID(threadID)) }
        }
        own += fields + [HeaderField("Content-Type", exactly: "multipart/alternative;", "boundary=\"\(boundary)\"")]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_536 + header.count + self.text.count + self.html.before.count + self.html.after.count)
        bytes += header
        for field in own { bytes += field.lines.utf8 }
        bytes += "\r\n".utf8
        func begin(_ subtype: String) {
            bytes += "--\(boundary)\r\nContent-Type: text/\(subtype); charset=utf-8\r\n".utf8
            bytes += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
        }
        begin("plain")
        bytes += self.text
        bytes += QuotedPrintable.encode(text)
        begin("html")
        bytes += self.html.before
        bytes += QuotedPrintable.encode(html.text)
        bytes += self.html.after
        bytes += "--\(boundary)--\r\n".utf8
        return Mail(returnPath: returnPath, recipient: recipient, bytes: bytes, messageID: messageID(id))
    }

    private func messageID(_ id: String) -> String { "<\(id)@\(sender.address.domain)>" }
}
