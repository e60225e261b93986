import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Router")
struct RouterTests {
    private static let router: Router<String> = {
        var router = Router<String>()
        router.add(.get, "/pages", "list")
        router.add(.post, "/pages", "create")
        router.add(.get, "/pages/{id}", "show")
        router.add(.patch, "/pages/{id}", "change")
        router.add(.get, "/pages/mine", "mine")
        router.add(.get, "/pages/{id}/parts/{part}", "part")
        router.add(.delete, "/only/delete", "delete")
        return router
    }()

    @Test(
        "A method and path lead to their endpoint and its decoded parameters",
        arguments: [
            (.get, "/pages", "list", []), (.post, "/pages", "create", []), (.head, "/pages", "list", []),
            (.get, "/pages/7", "show", ["7"]), (.head, "/pages/7", "show", ["7"]),
            (.patch, "/pages/7", "change", ["7"]),
            (.get, "/pages/mine", "mine", []), (.get, "/pages/min%65", "mine", []),
            (.get, "/pages/a%2Fb", "show", ["a/b"]), (.get, "/pages/%C3%A4+", "show", ["ä+"]),
            (.get, "/pages/1/parts/2", "part", ["1", "2"]), (.delete, "/only/delete", "delete", []),
        ] as [(HTTPRequest.Method, String, String, [String])])
    func found(_ method: HTTPRequest.Method, _ path: String, _ endpoint: String, _ parameters: [String]) {
        guard case .endpoint(let found, _, let values) = Self.router.match(method, path[...]) else {
            Issue.record("no endpoint")
            return
        }
        #expect(found == endpoint)
        #expect(values == parameters)
    }

    @Test(
        "Any other path is not found",
        arguments: [
            "", "/", "*", "pages", "/page", "/pagess", "/PAGES", "/pages/", "//pages", "/pages//", "/pages/1/parts",
            "/pages/1/parts/", "/pages/1/parts/2/3", "/pages//parts/2", "/only", "/pages/%zz", "/pages/%ff", "/pages/%",
        ])
    func notFound(_ path: String) {
        guard case .notFound = Self.router.match(.get, path[...]) else {
            Issue.record("found")
            return
        }
    }

    @Test(
        "A path without the method lists its methods",
        arguments: [
            (.put, "/pages", [.get, .head, .post]), (.post, "/pages/7", [.get, .head, .patch]),
            (.get, "/only/delete", [.delete]), (.head, "/only/delete", [.delete]),
        ] as [(HTTPRequest.Method, String, [HTTPRequest.Method])])
    func methodNotAllowed(_ method: HTTPRequest.Method, _ path: String, _ allowed: [HTTPRequest.Method]) {
        guard case .methodNotAllowed(let found) = Self.router.match(method, path[...]) else {
            Issue.record("allowed or not found")
            return
        }
        #expect(found == allowed)
    }

    @Test("The table can be read in the order of its creation")
    func routes() {
        let lines = Self.router.routes.map { "\($0.method) \($0.template) \($0.endpoint)" }
        #expect(
            lines == [
                "GET /pages list", "POST /pages create", "GET /pages/{id} show", "PATCH /pages/{id} change",
                "GET /pages/mine mine", "GET /pages/{id}/parts/{part} part", "DELETE /only/delete delete",
            ])
    }

    @Test("The root is a path like any other")
    func root() {
        var router = Router<String>()
        router.add(.get, "/", "root")
        guard case .endpoint("root", _, let parameters) = router.match(.get, "/") else {
            Issue.record("no endpoint")
            return
        }
        #expect(parameters.isEmpty)
    }
}
