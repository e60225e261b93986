/// Finds `http://` and `https://` addresses in plain text.
enum BareAddress {
    /// The ranges of the addresses in the text, in order. An address ends much as in GitHub's Markdown (its extension
    /// "Autolinks"): before white space, `<`, `>`, `"` or a backtick, and without punctuation at the end. A closing
    /// bracket belongs to an address only if it was opened there.
    static func ranges(in text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var rest = text[...]
        while let start = rest.utf8.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "h") }) {
            let candidate = text[start...]
            if !isWithinWord(start, text), let end = end(of: candidate) {
                found.append(start..<end)
                rest = text[end...]
            } else {
                rest = candidate[text.utf8.index(after: start)...]
            }
        }
        return found
    }

    /// Whether the character before could belong to a longer scheme.
    private static func isWithinWord(_ start: String.Index, _ text: String) -> Bool {
        guard let before = text.unicodeScalars[..<start].last else { return false }
        return before.properties.isAlphabetic || before.properties.numericType != nil
            || "+-.".unicodeScalars.contains(before)
    }

    /// The end of the address at the start of the text; nil if the text does not begin with one.
    private static func end(of text: Substring) -> String.Index? {
        guard let scheme = ["http://", "https://"].first(where: text.utf8.hasASCIIPrefix) else { return nil }
        let scalars = text.unicodeScalars
        let host = scalars.index(scalars.startIndex, offsetBy: scheme.utf8.count)
        guard let first = scalars[host...].first,
            first.properties.isAlphabetic || first.properties.numericType != nil || first == "["
        else { return nil }
        let address = scalars[..<(scalars[host...].firstIndex(where: ends) ?? scalars.endIndex)]
        return trimmed(address, from: host).endIndex
    }

    private static func ends(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || !scalar.isDisplayable || "<>\"`".unicodeScalars.contains(scalar)
    }

    private static func trimmed(
        _ address: Substring.UnicodeScalarView, from host: String.Index
    ) -> Substring.UnicodeScalarView {
        var address = address
        var unopened: [Unicode.Scalar: Int] = [:]
        for (open, close) in [("(", ")"), ("[", "]")] as [(Unicode.Scalar, Unicode.Scalar)] {
            unopened[close] = address.count { $0 == close } - address.count { $0 == open }
        }
        while let last = address.last, address.endIndex > host {
            if let count = unopened[last] {
                guard count > 0 else { break }
                unopened[last] = count - 1
            } else if !"?!.,:;*_~'".unicodeScalars.contains(last) {
                break
            }
            address.removeLast()
        }
        return address
    }
}
