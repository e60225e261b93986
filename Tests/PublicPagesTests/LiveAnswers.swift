@testable import HTTPServer

extension PreparedResponse {
    var text: String { String(decoding: response.body, as: UTF8.self) }

    /// The fields in the form in which they are sent.
    var fields: String {
        var fields = ""
        withFields(andBody: false) { fields = $0.string }
        return fields
    }
}

extension InlineAnswer? {
    var response: Response? {
        if case .response(let response)? = self { response.response } else { nil }
    }

    var held: (any HeldRequest)? {
        if case .held(let request)? = self { request } else { nil }
    }
}

extension InlineAnswer {
    var stream: (opening: PreparedResponse, request: any HeldRequest)? {
        if case .stream(let opening, let request) = self { (opening, request) } else { nil }
    }
}

extension HeldStep {
    var isWait: Bool {
        if case .wait = self { true } else { false }
    }

    var isEnd: Bool {
        if case .end = self { true } else { false }
    }

    var answer: Response? {
        if case .answer(let response) = self { response.response } else { nil }
    }

    var part: String? {
        if case .part(let pieces) = self { String(decoding: pieces.flatMap(\.self), as: UTF8.self) } else { nil }
    }
}
