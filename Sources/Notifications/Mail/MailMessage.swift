import Markup
import StatusPages

/// A mail in parts: its sender and recipient, its own header fields, and its text in two forms.
struct MailMessage {
    let sender: Mailbox
    let replyTo: Mailbox?
    let returnPath: EmailAddress
    let recipient: EmailAddress
    let date: Timestamp
    /// The ids of the contents and of the recipient. No two mails have the same pair.
    let id: String
    /// The id of the mail that this one follows.
    var threadID: String?
    let subject: String
    /// Fields that only some mails have.
    var fields: [HeaderField] = []
    let text: String
    let html: HTML

    /// The mail as it goes over the wire: a header, and the text in two forms. Programs show the last form that they
    /// support (RFC 2046 §5.1.4).
    var mail: Mail {
        var bytes: [UInt8] = []
        for field in header { bytes += field.lines.utf8 }
        bytes += "\r\n".utf8
        add("plain", text, to: &bytes)
        add("html", html.text, to: &bytes)
        bytes += "--\(boundary)--\r\n".utf8
        return Mail(returnPath: returnPath, recipient: recipient, bytes: bytes, messageID: messageID(id))
    }

    private var header: [HeaderField] {
        var header = [
            HeaderField("Date", exactly: date.mailDate), HeaderField("From", sender),
            HeaderField("To", exactly: recipient.description),
        ]
        if let replyTo { header.append(HeaderField("Reply-To", replyTo)) }
        header += [HeaderField("Subject", text: subject), HeaderField("Message-ID", exactly: messageID(id))]
        if let threadID, threadID != id {
            header += ["In-Reply-To", "References"].map { HeaderField($0, exactly: messageID(threadID)) }
        }
        return header + fields + [
            HeaderField("Auto-Submitted", exactly: "auto-generated"),
            HeaderField("X-Auto-Response-Suppress", exactly: "All"), HeaderField("MIME-Version", exactly: "1.0"),
            HeaderField("Content-Type", exactly: "multipart/alternative;", "boundary=\"\(boundary)\""),
        ]
    }

    private func messageID(_ id: String) -> String { "<\(id)@\(sender.address.domain)>" }

    /// A line that no part can contain, because quoted-printable has no `=_`.
    private var boundary: String { "=_\(id)" }

    private func add(_ subtype: String, _ content: String, to bytes: inout [UInt8]) {
        bytes += "--\(boundary)\r\nContent-Type: text/\(subtype); charset=utf-8\r\n".utf8
        bytes += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
        bytes += QuotedPrintable.encode(content)
    }
}
