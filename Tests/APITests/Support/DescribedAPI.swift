import HTTPTypes
import JSONInput

/// The served OpenAPI document. Tests check answers against it.
struct DescribedAPI {
    struct Operation {
        /// For example `GET /v1/identity`.
        let name: String
        let method: String
        let path: String
        let node: JSONValue
    }

    let schema: JSONSchema
    let operations: [Operation]
    /// The operations of the two APIs. The documents in Statuspage's format are public pages.
    var apiOperations: [Operation] { operations.filter { $0.node["tags"]?.items?.first?.text != "Statuspage" } }

    init(_ document: JSONValue) {
        schema = JSONSchema(document: document)
        operations = (document["paths"]?.members ?? [:]).flatMap { path, item in
            item.members.map { method, node in
                Operation(name: "\(method.uppercased()) \(path)", method: method, path: path, node: node)
            }
        }.sorted { $0.name < $1.name }
    }

    /// The operation that matches a request; nil if none does.
    func operation(_ method: HTTPRequest.Method, _ path: String) -> Operation? {
        let method = method == .head ? "get" : method.rawValue.lowercased()
        return operations.first { $0.method == method && Self.matches($0.path, path) }
    }

    /// The differences between an answer and its description.
    func problems(_ method: HTTPRequest.Method, _ path: String, _ answer: TestResponse) -> [String] {
        guard let operation = operation(method, path) else { return errorProblems(answer) }
        guard let node = operation.node["responses"]?["\(answer.status)"], let response = schema.resolved(node) else {
            // The HTTP engine sends these for any operation. The document describes them as a whole, not for each
            // operation.
            return [417, 501, 505].contains(answer.status)
                ? errorProblems(answer) : ["\(operation.name): \(answer.status) is not described"]
        }
        return (headerProblems(response, answer) + (method == .head ? [] : bodyProblems(response, answer)))
            .map { "\(operation.name), \(answer.status): \($0)" }
    }

    /// An answer outside all operations must be an error, with the body that all errors have.
    private func errorProblems(_ answer: TestResponse) -> [String] {
        guard let body = answer.json() else { return answer.body.isEmpty ? [] : ["no JSON: \(answer.text)"] }
        return schema.problems(body, .object(["$ref": .string("#/components/schemas/Error")]))
    }

    private func headerProblems(_ response: JSONValue, _ answer: TestResponse) -> [String] {
        (response["headers"]?.members ?? [:]).flatMap { name, node -> [String] in
            guard let header = schema.resolved(node) else { return ["\(name) is not described"] }
            guard let value = answer.field(name) else {
                return header["required"] == .bool(true) ? ["\(name) is missing"] : []
            }
            let isNumber = header["schema"]?["type"]?.text == "integer"
            let json = isNumber ? Int(value).map(JSONValue.integer) : .string(value)
            return schema.problems(json ?? .null, header["schema"] ?? .null, at: name)
        }
    }

    private func bodyProblems(_ response: JSONValue, _ answer: TestResponse) -> [String] {
        guard let content = response["content"]?["application/json"]?["schema"] else {
            return answer.body.isEmpty ? [] : ["has a body"]
        }
        guard answer.fields[.contentType] == "application/json" else { return ["is not declared as JSON"] }
        guard let body = answer.json() else { return ["is not JSON: \(answer.text)"] }
        return schema.problems(body, content)
    }

    private static func matches(_ template: String, _ path: String) -> Bool {
        let steps = template.split(separator: "/")
        let taken = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard steps.count == taken.count else { return false }
        return zip(steps, taken).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
    }
}
