import Markup
import StatusPages

/// A message to a chat, independent of the chat's format.
struct ChatMessage {
    /// One update.
    struct Entry {
        let title: String
        let url: String
        /// In Markdown.
        let message: String
        /// One on each line.
        let facts: [String]
        /// As `#rrggbb`.
        let colour: String
        let pageName: String
    }

    /// The line that the chat shows in its notifications.
    let headline: String
    /// Newest first.
    let entries: [Entry]

    /// The maximum number of updates in a message. The link leads to the others.
    private static let mostEntries = 5

    /// - Parameter announcements: newest first; not empty.
    init(_ announcements: [Announcement]) {
        headline = "[\(announcements[0].pageName.onOneLine)] \(announcements[0].title)"
        entries = announcements.prefix(Self.mostEntries).map { announcement in
            Entry(
                title: announcement.title, url: announcement.eventURL, message: announcement.message.withoutNull,
                facts: announcement.facts,
                colour: announcement.colour, pageName: announcement.pageName)
        }
    }

    init(testOf details: Delivery.Details) {
        headline = "[\(details.pageName.onOneLine)] This is a test"
        entries = [
            Entry(
                title: "This is a test", url: details.pageURL, message: "Updates of this page reach this channel.",
                facts: [], colour: "#1c7ed6", pageName: details.pageName)
        ]
    }

    /// The body for a channel; nil for channels that are not chats.
    func body(for channel: Subscriber.Channel) throws -> [UInt8]? {
        switch channel {
        case .slack: try slack.encoded()
        case .teams: try teams()
        case .discord: try discord.encoded()
        case .email, .webhook: nil
        }
    }
}

// MARK: Slack

extension ChatMessage {
    /// An incoming webhook with attachments (https://api.slack.com/reference/messaging/attachments). Mattermost and
    /// others take the same.
    private var slack: JSONBody {
        [
            "text": .text(headline.forSlack),
            "attachments": .list(
                entries.map { entry in
                    let text = [Markdown(entry.message).plainText.cut(to: 3_000)] + entry.facts
                    return [
                        "fallback": .text(entry.title.forSlack), "color": .text(entry.colour),
                        "title": .text(entry.title.forSlack), "title_link": .text(entry.url),
                        "text": .text(text.joined(separator: "\n").forSlack), "footer": .text(entry.pageName.forSlack),
                    ]
                }),
        ]
    }
}

// MARK: Teams

extension ChatMessage {
    /// The longest message that Teams accepts, in bytes.
    private static let mostBytesForTeams = 28_000

    /// The message for Teams. Texts are cut if it would otherwise be too long.
    private func teams() throws -> [UInt8] {
        var most = 4_096
        while true {
            let body = try teams(cutTo: most).encoded()
            if body.count <= Self.mostBytesForTeams || most < 16 { return body }
            most /= 2
        }
    }

    /// An Adaptive Card (https://adaptivecards.io/explorer/AdaptiveCard.html).
    private func teams(cutTo most: Int) -> JSONBody {
        let blocks = entries.flatMap { entry -> [JSONBody] in
            let text = [Markdown(entry.message).plainText.cut(to: most)] + entry.facts
            return [
                Self.block(
                    entry.title.cut(to: most), ["weight": "Bolder", "size": "Medium", "separator": .bool(true)]),
                Self.block(text.joined(separator: "\n"), [:]),
            ]
        }
        let card: JSONBody = [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "body": .list([Self.block(headline.cut(to: most), ["isSubtle": .bool(true)])] + blocks),
            "actions": [
                ["type": "Action.OpenUrl", "title": "View the status page", "url": .text(entries.first?.url ?? "")]
            ],
        ]
        return [
            "type": "message",
            "attachments": [["contentType": "application/vnd.microsoft.card.adaptive", "content": card]],
        ]
    }

    private static func block(_ text: String, _ style: [String: JSONBody]) -> JSONBody {
        // A text block shows two line ends as one.
        let members: [String: JSONBody] = [
            "type": "TextBlock", "wrap": .bool(true),
            "text": .text(text.withoutMentions.replacing("\n", with: "\n\n")),
        ]
        return .object(members.merging(style) { $1 })
    }
}

// MARK: Discord

extension ChatMessage {
    /// Discord counts the characters of all embeds together: at most 6000. A title has at most 256.
    private var discord: JSONBody {
        let most = 4_500 / max(1, entries.count)
        return [
            "embeds": .list(
                entries.map { entry in
                    let text = [entry.message.cut(to: most)] + entry.facts.map { $0.cut(to: 200) }
                    return [
                        "title": .text(entry.title.cut(to: 250)), "url": .text(entry.url),
                        "description": .text(text.joined(separator: "\n\n").cut(to: most)),
                        "color": .number(Int(entry.colour.dropFirst(), radix: 16) ?? 0),
                    ]
                }),
            "allowed_mentions": ["parse": []],
        ]
    }
}

// MARK: Texts

extension String {
    /// The beginning of the text, with an ellipsis if more follows.
    func cut(to most: Int) -> String {
        let scalars = unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: most, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return self }
        return String(scalars[..<scalars.index(before: end)]) + "…"
    }

    /// Escaped (https://api.slack.com/reference/surfaces/formatting#escaping). `<!channel>` and the like are then text.
    fileprivate var forSlack: String {
        withoutMentions.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// The text with a zero-width space after each `@` that begins a word. Some programs that accept Slack's format
    /// notify everybody if a text contains `@channel`.
    fileprivate var withoutMentions: String {
        var result = String.UnicodeScalarView()
        var isInWord = false
        for scalar in unicodeScalars {
            result.append(scalar)
            if scalar == "@", !isInWord { result.append("\u{200B}") }
            isInWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
        return String(result)
    }
}
