import HTTPServer

/// A form with files, as browsers send it: `multipart/form-data` (RFC 7578).
struct MultipartForm {
    private static let mostParts = 50

    private(set) var fields = URLEncodedForm()
    /// Files that were chosen, by the name of their field.
    private(set) var files: [String: [UInt8]] = [:]

    /// - Returns: nil for another media type.
    /// - Throws: `FormProblem.malformedFiles`.
    init?(_ body: [UInt8], _ contentType: String) throws(FormProblem) {
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        guard let boundary = Self.parameter("boundary", of: contentType[...]), (1...70).contains(boundary.utf8.count)
        else { throw .malformedFiles }
        var values: [URLEncodedForm.Field] = []
        var rest = body[...]
        let delimiter = Array("--\(boundary)".utf8)
        guard rest.starts(with: delimiter) else { throw .malformedFiles }
        rest = rest.dropFirst(delimiter.count)
        while !rest.starts(with: "--".utf8) {
            guard rest.starts(with: Self.lineEnd), values.count + files.count < Self.mostParts,
                let headEnd = rest.range(ofLine: Self.headEnd),
                let end = rest[headEnd.upperBound...].range(ofLine: Self.lineEnd + delimiter)
            else { throw .malformedFiles }
            let head = String(decoding: rest[rest.startIndex..<headEnd.lowerBound], as: UTF8.self)
            let content = Array(rest[headEnd.upperBound..<end.lowerBound])
            guard let disposition = Self.disposition(head), let name = Self.parameter("name", of: disposition) else {
                throw .malformedFiles
            }
            if Self.parameter("filename", of: disposition) != nil {
                // A field without a chosen file arrives as an empty one.
                if !content.isEmpty { files[name] = content }
            } else if let value = String(validating: content, as: UTF8.self) {
                values.append(URLEncodedForm.Field(name, value))
            } else {
                throw .malformedFiles
            }
            rest = rest[end.upperBound...]
        }
        fields = URLEncodedForm(values)
    }

    private static let lineEnd = Array("\r\n".utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)

    private static func disposition(_ head: String) -> Substring? {
        head.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("content-disposition:") }
    }

    /// A parameter of a field, without its quotes. Browsers encode quotes in names as `%22` (URL Standard §4.10.22.8).
    private static func parameter(_ name: String, of field: Substring) -> String? {
        for part in field.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ !$0.isWhitespace }).lowercased() == name else { continue }
            let value = pair[1].filter { $0 != "\"" }
            return PercentEncoding.decode(value[...]).map { String($0) } ?? String(value)
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// The first place of `bytes`, which begin with CR. A general search compares all of `bytes` at every place: a
    /// malicious form of 1 MB then takes a second.
    fileprivate func range(ofLine bytes: [UInt8]) -> Range<Int>? {
        var rest = self
        while let start = rest.firstIndex(of: UInt8(ascii: "\r")) {
            if rest[start...].starts(with: bytes) { return start..<start + bytes.count }
            rest = rest[(start + 1)...]
        }
        return nil
    }
}
