/// A message from a user, in CommonMark.
public struct Markdown {
    private let source: String

    public init(_ source: String) { self.source = source }

    /// The message as HTML: only the elements `p br strong em code pre ul ol li blockquote hr a`, and the attributes
    /// `href`, `rel` and `start`.
    public var html: HTML {
        let (opening, rest) = parts
        return opening.map { "<p>\($0)</p>\(rest)" } ?? rest
    }

    /// The message as HTML in two parts, for a caller that begins the first paragraph itself.
    ///
    /// `opening` has the contents of the first paragraph; nil if the message begins with something else.
    public var parts: (opening: HTML?, rest: HTML) {
        guard let tree = MarkdownTree(source) else { return (HTML(text: source), HTML()) }
        var renderer = HTMLRenderer()
        tree.walk { renderer.visit($0, $1) }
        return (renderer.opening, renderer.html)
    }

    /// The message as text: paragraphs with a blank line between them, addresses in brackets after the linked words.
    public var plainText: String {
        guard let tree = MarkdownTree(source) else { return source }
        var renderer = TextRenderer()
        tree.walk { renderer.visit($0, $1) }
        return renderer.text
    }
}
