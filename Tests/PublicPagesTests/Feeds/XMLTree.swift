import Foundation
import FoundationXML

/// An element of a document that a strict XML parser has read.
final class XMLTree: NSObject, XMLParserDelegate {
    struct Malformed: Error { let line: Int }

    final class Element {
        let name: String
        let attributes: [String: String]
        var children: [Element] = []
        var text = ""

        init(_ name: String, _ attributes: [String: String]) {
            self.name = name
            self.attributes = attributes
        }

        /// The children with a name.
        subscript(_ name: String) -> [Element] { children.filter { $0.name == name } }
        /// The text of the only child with a name; nil if there is not exactly one.
        func only(_ name: String) -> String? { self[name].count == 1 ? self[name][0].text : nil }
    }

    private let root = Element("", [:])
    private var open: [Element] = []

    /// - Throws: `Malformed` if the document is not well-formed.
    static func read(_ bytes: [UInt8]) throws -> Element {
        let tree = XMLTree()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = tree
        tree.open = [tree.root]
        guard parser.parse(), let element = tree.root.children.first else {
            throw Malformed(line: parser.lineNumber)
        }
        return element
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        let element = Element(name, attributes)
        open.last?.children.append(element)
        open.append(element)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.text += text }
}
