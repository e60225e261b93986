import Foundation
import HTTPServer
import HTTPTypes

/// Answers in JSON.
enum JSONResponse {
    /// - Parameter fields: added to those every answer of the API has.
    static func make(_ status: HTTPResponse.Status, _ body: some Encodable, fields: HTTPFields = [:]) throws -> Response
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return make(status, encoded: Array(try encoder.encode(body)), fields: fields)
    }

    static func make(_ status: HTTPResponse.Status, encoded body: [UInt8], fields: HTTPFields = [:]) -> Response {
        var fields = fields
        fields[.contentType] = "application/json"
        fields[.cacheControl] = "no-store"
        return Response(status, fields: fields, body: body)
    }
}
