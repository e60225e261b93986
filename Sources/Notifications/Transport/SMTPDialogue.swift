import StatusPages

/// Follows the dialogue with a relay, to record the reply to each command. libcurl's own result has no replies.
struct SMTPDialogue {
    /// The commands that decide what a failure means, in order.
    enum Stage: Int, Comparable {
        /// Everything before MAIL: connect, EHLO, STARTTLS, AUTH.
        case greeting, mail, recipient, data

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    /// A complete reply (RFC 5321 §4.2).
    struct Reply: Equatable {
        let code: Int
        /// Without the code.
        let text: String

        /// The enhanced status code at the beginning of the text (RFC 2034 §4), such as `5.1.1`.
        var enhancedCode: Substring? {
            let word = text.prefix { $0 != " " }
            let parts = word.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3,
                parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
            else {
                return nil
            }
            return word
        }
    }

    private(set) var stage = Stage.greeting
    /// The reply to the last command; nil while there is none.
    private(set) var reply: Reply?
    /// Whether the server is logging in: its next lines may contain secrets.
    private var isAuthenticating = false
    /// Whether the server has sent QUIT. Later replies do not matter.
    private var isQuitting = false
    private var lines: [Substring] = []

    /// Notes a command.
    /// - Returns: the command for people, without secrets.
    mutating func send(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let line = Self.line(bytes)
        if line == "QUIT" { isQuitting = true }
        if isQuitting { return line }
        reply = nil
        if isAuthenticating { return "***" }
        switch line.prefix(4) {
        case "MAIL": stage = .mail
        case "RCPT": stage = .recipient
        case "DATA": stage = .data
        case "AUTH":
            isAuthenticating = true
            let words = line.split(separator: " ")
            return words.count > 2 ? "\(words[0]) \(words[1]) ***" : line
        default: break
        }
        return line
    }

    /// Notes a line of a reply.
    /// - Returns: the line for people.
    mutating func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let line = Self.line(bytes)
        if isQuitting { return line }
        lines.append(line.dropFirst(4))
        guard let code = Int(line.prefix(3)), line.dropFirst(3).first != "-" else { return line }
        // Only the last lines: the reply to EHLO has many.
        reply = Reply(code: code, text: lines.suffix(4).joined(separator: " "))
        lines = []
        if code != 334 { isAuthenticating = false }
        return line
    }

    /// Notes that the message begins. The reply that follows is about the message.
    mutating func beginMessage() { reply = nil }

    /// The outcome of a failed attempt.
    /// - Parameter problem: libcurl's text for it, used if there is no reply.
    func outcome(problem: String) -> MailOutcome {
        let response =
            reply.map { Delivery.Response(code: $0.code, said: $0.text.utf8) }
            ?? Delivery.Response(said: problem.utf8)
        if stage == .mail, let reply, (500...599).contains(reply.code) { return .senderRefused(response) }
        guard stage > .mail, reply?.code != 421 else { return .relayTrouble(response) }
        guard let reply, (500...599).contains(reply.code) else { return .temporary(response) }
        if stage == .recipient, let code = reply.enhancedCode, Self.noMailboxCodes.contains(code) {
            return .noMailbox(response)
        }
        return .refused(response)
    }

    /// The enhanced status codes of addresses that do not exist (RFC 3463 §3.2, §3.3; RFC 7505 §4).
    private static let noMailboxCodes: Set<Substring> = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]

    private static func line(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let end = bytes.lastIndex { $0 != 0x0D && $0 != 0x0A }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}
