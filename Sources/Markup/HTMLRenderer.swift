/// Writes a Markdown tree as HTML.
///
/// - Raw HTML is shown as plain text. Headings become bold paragraphs, and images become links.
/// - A link without a safe address is left out; its text stays.
/// - Markup that is nested too deeply is left out; its text stays. Browsers limit their depth, too.
struct HTMLRenderer {
    /// How many block quotes, lists and emphases may be open at once.
    private static let mostNested = 16

    /// The contents of the first paragraph; nil if the tree begins with something else.
    private(set) var opening: HTML?
    /// Everything else.
    private(set) var html = HTML()
    private var nesting = 0
    private var isInLink = false

    mutating func visit(_ node: MarkdownNode, _ isEntering: Bool) -> MarkdownTree.Step {
        switch node.kind {
        case .document, nil: break
        case .paragraph:
            if !node.isTight || isTooDeep { paragraph(node, isEntering) }
        case .heading:
            if isEntering { paragraph(node, true) }
            html += isEntering ? "<strong>" : "</strong>"
            if !isEntering { paragraph(node, false) }
        case .htmlBlock:
            paragraph(node, true)
            lines(node.literal)
            paragraph(node, false)
        case .codeBlock: html += "<pre><code>\(node.literal)</code></pre>"
        case .thematicBreak: html += "<hr>"
        case .blockQuote: nest(isEntering, "<blockquote>", "</blockquote>")
        case .list: list(node, isEntering)
        case .item:
            if !isTooDeep { html += isEntering ? "<li>" : "</li>" }
        case .emphasis: nest(isEntering, "<em>", "</em>")
        case .strong: nest(isEntering, "<strong>", "</strong>")
        case .softBreak, .lineBreak: html += "<br>"
        case .code: html += "<code>\(node.literal)</code>"
        case .htmlInline: html += HTML(text: node.literal)
        case .text: text(node.literal)
        case .link: link(node, isEntering)
        case .image:
            image(node)
            return .skipChildren
        }
        return .next
    }

    private var isTooDeep: Bool { nesting > Self.mostNested }

    private mutating func nest(_ isEntering: Bool, _ open: HTML, _ close: HTML) {
        if isEntering { nesting += 1 }
        if !isTooDeep { html += isEntering ? open : close }
        if !isEntering { nesting -= 1 }
    }

    /// Begins or ends a paragraph. If the document begins with it, its contents become `opening`.
    private mutating func paragraph(_ node: MarkdownNode, _ isEntering: Bool) {
        if node.isFirst, node.parent?.kind == .document {
            if !isEntering {
                opening = html
                html = HTML()
            }
        } else {
            html += isEntering ? "<p>" : "</p>"
        }
    }

    private mutating func list(_ node: MarkdownNode, _ isEntering: Bool) {
        switch node.start {
        case nil: nest(isEntering, "<ul>", "</ul>")
        case 1: nest(isEntering, "<ol>", "</ol>")
        case let start?: nest(isEntering, "<ol start=\"\(start)\">", "</ol>")
        }
    }

    private mutating func lines(_ text: String) {
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            if index > 0 { html += "<br>" }
            html += HTML(text: String(line))
        }
    }

    /// Writes a text, with links for the addresses in it.
    private mutating func text(_ text: String) {
        var start = text.startIndex
        for range in isInLink ? [] : BareAddress.ranges(in: text) {
            guard let address = LinkAddress(String(text[range])) else { continue }
            html += "\(String(text[start..<range.lowerBound]))\(Self.anchor(address))\(String(text[range]))</a>"
            start = range.upperBound
        }
        html += HTML(text: String(text[start...]))
    }

    private mutating func link(_ node: MarkdownNode, _ isEntering: Bool) {
        guard let address = LinkAddress(node.url) else { return }
        isInLink = isEntering
        guard isEntering else {
            html += "</a>"
            return
        }
        html += Self.anchor(address)
        if node.isEmpty { html += HTML(text: address.readable) }
    }

    /// Writes a link with the alternative text. Within a link, writes only the text, because links cannot be nested.
    private mutating func image(_ node: MarkdownNode) {
        let alternative = node.innerText
        guard !isInLink, let address = LinkAddress(node.url) else {
            html += HTML(text: alternative)
            return
        }
        html += "\(Self.anchor(address))\(alternative.isEmpty ? address.readable : alternative)</a>"
    }

    private static func anchor(_ address: LinkAddress) -> HTML {
        "<a href=\"\(address.encoded)\" rel=\"nofollow noopener noreferrer ugc\">"
    }
}
