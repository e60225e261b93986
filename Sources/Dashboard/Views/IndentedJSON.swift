/// JSON with one member or element on each line.
enum IndentedJSON {
    /// - Parameter json: valid JSON.
    static func text(_ json: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(json.count * 2)
        var depth = 0
        var isInText = false
        var isEscaped = false
        func lineEnd() { text += [UInt8(ascii: "\n")] + [UInt8](repeating: UInt8(ascii: " "), count: depth * 2) }
        for (index, byte) in json.enumerated() {
            if isInText {
                text.append(byte)
                if !isEscaped, byte == UInt8(ascii: "\"") { isInText = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInText = true
                text.append(byte)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                text.append(byte)
                depth += 1
                // In ASCII, "}" and "]" are two greater than "{" and "[".
                if index + 1 < json.count, json[index + 1] != byte + 2 { lineEnd() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if index > 0, json[index - 1] != byte - 2 { lineEnd() }
                text.append(byte)
            case UInt8(ascii: ","):
                text.append(byte)
                lineEnd()
            case UInt8(ascii: ":"): text += [byte, UInt8(ascii: " ")]
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): break
            default: text.append(byte)
            }
        }
        return text
    }
}
