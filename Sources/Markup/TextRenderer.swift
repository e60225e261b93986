/// Writes a Markdown tree as plain text.
struct TextRenderer {
    /// The maximum number of levels by which nested lists are indented.
    private static let mostIndented = 8

    private(set) var text = ""
    /// How many line ends the next text needs before it, unless it is the first.
    private var lineEnds = 0
    /// The number of the next item in each open list; nil for a list without numbers.
    private var lists: [Int?] = []

    mutating func visit(_ node: MarkdownNode, _ isEntering: Bool) -> MarkdownTree.Step {
        switch node.kind {
        case .document, .blockQuote, .emphasis, .strong, nil: break
        case .paragraph, .heading: separate(node.isTight ? 1 : 2, isEntering)
        case .htmlBlock, .codeBlock:
            separate(2, true)
            write(String(node.literal.trimmingLineEnds))
            separate(2, false)
        case .thematicBreak:
            separate(2, true)
            write("---")
            separate(2, false)
        case .list:
            separate(lists.isEmpty ? 2 : 1, isEntering)
            if isEntering { lists.append(node.start) } else { lists.removeLast() }
        case .item: if isEntering { item() }
        case .softBreak, .lineBreak: write("\n")
        case .code, .htmlInline, .text: write(node.literal)
        case .link:
            if !isEntering || node.isEmpty { address(node) }
            if node.isEmpty { return .skipChildren }
        case .image:
            write(node.innerText)
            address(node)
            return .skipChildren
        }
        return .next
    }

    /// Notes that a block begins or ends here. The first block of a list item stays on the line of the item's marker.
    private mutating func separate(_ count: Int, _ isEntering: Bool) {
        if isEntering, isAfterMarker { return }
        lineEnds = max(lineEnds, count)
        isAfterMarker = false
    }

    private var isAfterMarker = false

    private mutating func item() {
        isAfterMarker = false
        lineEnds = max(lineEnds, 1)
        let indent = String(repeating: "  ", count: min(lists.count - 1, Self.mostIndented))
        if let number = lists.last ?? nil {
            write("\(indent)\(number). ")
            lists[lists.count - 1] = number + 1
        } else {
            write("\(indent)- ")
        }
        isAfterMarker = true
    }

    private mutating func write(_ part: String) {
        if part.isEmpty { return }
        if !text.isEmpty { text += String(repeating: "\n", count: lineEnds) }
        lineEnds = 0
        isAfterMarker = false
        text += part
    }

    /// Writes the address of a link, unless the link's text is the address.
    private mutating func address(_ node: MarkdownNode) {
        guard let address = LinkAddress(node.url)?.readable else { return }
        let label = node.innerText
        if label.isEmpty {
            write(address)
        } else if label != address {
            write(" (\(address))")
        }
    }
}

extension String {
    fileprivate var trimmingLineEnds: Substring {
        var rest = self[...]
        while let last = rest.utf8.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
            rest = rest[..<rest.utf8.index(before: rest.endIndex)]
        }
        return rest
    }
}
