import CCMark

/// A text parsed as CommonMark.
struct MarkdownTree: ~Copyable {
    private let root: OpaquePointer

    /// Nil if libcmark returns no tree. For valid UTF-8, it always returns one.
    init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { content in
            content.withMemoryRebound(to: CChar.self) {
                cmark_parse_document($0.baseAddress, $0.count, CMARK_OPT_VALIDATE_UTF8)
            }
        }
        guard let parsed else { return nil }
        root = parsed
    }

    deinit { cmark_node_free(root) }

    /// The way in which a walk continues after it has entered a node.
    enum Step { case next, skipChildren }

    /// Visits the nodes in the order of the text. Visits each node when it begins, and a node that can have children
    /// also when it ends. Uses no recursion, because nodes may be nested as deep as the text is long.
    /// - Parameter visit: gets the node, and whether it begins. The nodes must not outlive the call. It returns
    ///   `skipChildren` to skip the children and the end.
    func walk(_ visit: (MarkdownNode, _ isEntering: Bool) -> Step) {
        MarkdownNode(root).walk(visit)
    }
}

/// A node of a tree. Valid only as long as its tree.
struct MarkdownNode {
    enum Kind {
        case document, blockQuote, list, item, codeBlock, htmlBlock, paragraph, heading, thematicBreak
        case text, softBreak, lineBreak, code, htmlInline, emphasis, strong, link, image
    }

    private let node: OpaquePointer

    fileprivate init(_ node: OpaquePointer) { self.node = node }

    func walk(_ visit: (MarkdownNode, _ isEntering: Bool) -> MarkdownTree.Step) {
        guard let iterator = cmark_iter_new(node) else { return }
        defer { cmark_iter_free(iterator) }
        while true {
            let event = cmark_iter_next(iterator)
            guard event != CMARK_EVENT_DONE, let current = cmark_iter_get_node(iterator) else { return }
            let step = visit(MarkdownNode(current), event == CMARK_EVENT_ENTER)
            if case .skipChildren = step { cmark_iter_reset(iterator, current, CMARK_EVENT_EXIT) }
        }
    }

    /// Nil for kinds that the parser never makes.
    var kind: Kind? {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_DOCUMENT: .document
        case CMARK_NODE_BLOCK_QUOTE: .blockQuote
        case CMARK_NODE_LIST: .list
        case CMARK_NODE_ITEM: .item
        case CMARK_NODE_CODE_BLOCK: .codeBlock
        case CMARK_NODE_HTML_BLOCK: .htmlBlock
        case CMARK_NODE_PARAGRAPH: .paragraph
        case CMARK_NODE_HEADING: .heading
        case CMARK_NODE_THEMATIC_BREAK: .thematicBreak
        case CMARK_NODE_TEXT: .text
        case CMARK_NODE_SOFTBREAK: .softBreak
        case CMARK_NODE_LINEBREAK: .lineBreak
        case CMARK_NODE_CODE: .code
        case CMARK_NODE_HTML_INLINE: .htmlInline
        case CMARK_NODE_EMPH: .emphasis
        case CMARK_NODE_STRONG: .strong
        case CMARK_NODE_LINK: .link
        case CMARK_NODE_IMAGE: .image
        default: nil
        }
    }

    /// The contents of text, code and HTML.
    var literal: String { cmark_node_get_literal(node).map { String(cString: $0) } ?? "" }
    /// The address of a link or an image.
    var url: String { cmark_node_get_url(node).map { String(cString: $0) } ?? "" }
    /// The number of an ordered list's first item; nil for other lists.
    var start: Int? {
        cmark_node_get_list_type(node) == CMARK_ORDERED_LIST ? Int(cmark_node_get_list_start(node)) : nil
    }
    var parent: MarkdownNode? { cmark_node_parent(node).map(MarkdownNode.init) }
    var isFirst: Bool { cmark_node_previous(node) == nil }
    var isEmpty: Bool { cmark_node_first_child(node) == nil }

    /// Whether the paragraph is in a list whose items have no blank lines between them.
    var isTight: Bool {
        guard let item = parent, item.kind == .item, let list = item.parent else { return false }
        return cmark_node_get_list_tight(list.node) != 0
    }

    /// The text of everything in the node, on one line.
    var innerText: String {
        var text = ""
        walk { node, isEntering in
            switch node.kind {
            case .text, .code, .htmlInline: text += node.literal
            case .softBreak, .lineBreak: text += " "
            default: break
            }
            return .next
        }
        return text
    }
}
