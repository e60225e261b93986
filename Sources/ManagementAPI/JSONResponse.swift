import Foundation
import HTTPServer
import HTTPTypes

/// Makes JSON responses.
enum JSONResponse {
    /// - Parameters:
    ///   - body: a dictionary for an object with one member, which is how most answers wrap their resource.
    ///   - fields: added to the fields that every API response has.
    static func make(_ status: HTTPResponse.Status, _ body: some Encodable, fields: HTTPFields = [:]) throws -> Response
    {
        make(status, encoded: try encode(body), fields: fields)
    }

    static func encode(_ body: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(body))
    }

    static func make(_ status: HTTPResponse.Status, encoded body: [UInt8], fields: HTTPFields = [:]) -> Response {
        var fields = fields
        fields[.contentType] = "application/json"
        fields[.cacheControl] = "no-store"
        // Browsers may use the body only as data, not as a script and not in a frame.
        fields[.xContentTypeOptions] = "nosniff"
        fields[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        return Response(status, fields: fields, body: body)
    }
}

/// The name of a member that differs between the types that share a body.
struct MemberName: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringLiteral name: String) { self.init(name) }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
