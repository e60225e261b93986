import Foundation
import HTTPServer
import Logging
import TestSupport
import Testing

@testable import allclear

@Suite("Loading the configuration")
struct ConfigurationLoaderTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func problems(_ loader: ConfigurationLoader) throws -> InvalidConfiguration {
        try #require(throws: InvalidConfiguration.self) { try loader.load() }
    }

    @Test("The environment overrides the file")
    func environmentOverFile() throws {
        let path = try directory.write(
            #"{"pages":[],"listen":"a:1","public_url":"http://a","database":"a.db","log":{"level":"error"}}"#,
            to: "a.json")
        let environment = [
            "ALLCLEAR_LISTEN": "b:2", "ALLCLEAR_PUBLIC_URL": "http://b/", "ALLCLEAR_DATABASE": "b.db",
            "ALLCLEAR_LOG_LEVEL": "trace", "ALLCLEAR_LOG_FORMAT": "json",
        ]
        let configuration = try ConfigurationLoader(file: path, environment: environment).load()
        #expect(configuration.listen.map(\.address) == [SocketAddress(host: "b", port: 2)])
        #expect(configuration.publicURL == "http://b")
        #expect(configuration.database == "b.db")
        #expect(configuration.logLevel == .trace)
        #expect(configuration.logFormat == .json)
        #expect(configuration.pages == [])
        #expect(
            configuration.overrides == [
                Configuration.Override(variable: "ALLCLEAR_LISTEN", key: "listen"),
                Configuration.Override(variable: "ALLCLEAR_PUBLIC_URL", key: "public_url"),
                Configuration.Override(variable: "ALLCLEAR_DATABASE", key: "database"),
            ])
    }

    @Test(
        "Variables override only their own settings",
        arguments: [#"{"pages":[]}"#, #"{"pages":[],"listen":null}"#, nil])
    func noOverrides(text: String?) throws {
        let path = try text.map { try directory.write($0, to: "a.json") }
        let environment = ["ALLCLEAR_LISTEN": "b:2", "ALLCLEAR_DATABASE": "b.db"]
        #expect(try ConfigurationLoader(file: path, environment: environment).load().overrides == [])
    }

    @Test(
        "The monitoring listener needs its own address, wherever the other addresses come from",
        arguments: [
            (nil, "127.0.0.1:2", "127.0.0.1:2"), (nil, "127.0.0.1:3", nil),
            (nil, "0.0.0.0:2", "127.0.0.1:2"),
            ("127.0.0.1:3", "127.0.0.1:2", nil), ("127.0.0.1:3", "127.0.0.1:3", "127.0.0.1:3"),
            ("[::]:3", "127.0.0.1:3", "[::]:3"),
        ] as [(String?, String, String?)])
    func monitoringAddress(variable: String?, monitoring: String, other: String?) throws {
        let path = try directory.write(
            #"{"pages":[],"listen":["127.0.0.1:2"],"monitoring":{"listen":"\#(monitoring)"}}"#, to: "a.json")
        let loader = ConfigurationLoader(file: path, environment: variable.map { ["ALLCLEAR_LISTEN": $0] } ?? [:])
        guard let other else {
            _ = try loader.load()
            return
        }
        let found = try problems(loader).problems
        #expect(found.map(\.place) == ["/monitoring/listen"])
        let rule = "must not overlap the address \"\(other)\" in listen; change it or leave it out"
        #expect(
            found.map(\.description) == ["monitoring.listen \(rule); got \"\(monitoring)\" (\(path):1)"])
    }

    @Test("Empty variables count as unset")
    func emptyVariables() throws {
        let path = try directory.write(#"{"pages":[],"listen":"a:1"}"#, to: "a.json")
        let environment = [
            "ALLCLEAR_LISTEN": "", "ALLCLEAR_PUBLIC_URL": "", "ALLCLEAR_DATABASE": "", "ALLCLEAR_LOG_LEVEL": "",
            "ALLCLEAR_LOG_FORMAT": "",
        ]
        let configuration = try ConfigurationLoader(file: path, environment: environment).load()
        #expect(configuration.listen.map(\.address) == [SocketAddress(host: "a", port: 1)])
        #expect(configuration.database == "allclear.db")
    }

    @Test(
        "The error for a malformed variable names it",
        arguments: [
            ("ALLCLEAR_LISTEN", "8080"), ("ALLCLEAR_PUBLIC_URL", "example.com"), ("ALLCLEAR_DATABASE", "a\0b"),
            ("ALLCLEAR_LOG_LEVEL", "loud"), ("ALLCLEAR_LOG_FORMAT", "xml"),
        ])
    func malformedVariable(name: String, value: String) throws {
        let path = try directory.write(#"{"pages":[]}"#, to: "a.json")
        let error = try problems(ConfigurationLoader(file: path, environment: [name: value]))
        #expect(error.problems.map(\.place) == [name])
        let message = try #require(error.problems.first).message
        #expect(message.hasPrefix("\(name) must ") && message.hasSuffix("; got \(value.quoted)"), "\(message)")
    }

    @Test("Problems of the file and of the environment are reported together")
    func bothWrong() throws {
        let path = try directory.write(#"{"pages":[],"listen":5,"x":1}"#, to: "a.json")
        let error = try problems(ConfigurationLoader(file: path, environment: ["ALLCLEAR_LOG_LEVEL": "loud"]))
        #expect(error.file == path)
        #expect(error.problems.map(\.place) == ["/listen", "/x", "ALLCLEAR_LOG_LEVEL"])
        let lines = error.description.split(separator: "\n")
        #expect(lines.first == "\(path): 3 problems")
        #expect(lines.count == 4)
        #expect(lines.last?.hasPrefix("  ALLCLEAR_LOG_LEVEL must be one of: trace, debug") == true)
    }

    @Test("A Unix socket path that is too long is reported as such")
    func longPath() throws {
        func loader(_ length: Int) -> ConfigurationLoader {
            let address = "unix:" + String(repeating: "a", count: length)
            return ConfigurationLoader(file: nil, environment: ["ALLCLEAR_LISTEN": address])
        }
        _ = try loader(101).load()
        let found = try problems(loader(104)).problems
        #expect(
            found.map(\.message) == [
                "ALLCLEAR_LISTEN must have a path of 1 to 101 bytes after \"unix:\"; got \"unix:\(String(repeating: "a", count: 75))…\""
            ])
    }

    @Test("All problems of values and of the files they name are reported at once")
    func everythingToServe() throws {
        let path = try directory.write(
            """
            {"database": "\(directory.file("none/a.db"))", "x": 1,
             "listen": [{"address": "a:1", "tls": {"certificate": "/none/a.crt", "key": "/none/a.key"}},
                        {"address": "a:2", "tls": {"certificate": "/none/b.crt", "key": "/dev/null"}}],
             "pages": [{"slug": "a", "name": "A", "domain": "a.example",
                        "tls": {"certificate": "/none/c.crt", "key": "/none/c.key"}}]}
            """, to: "a.json")
        let environment = ["ALLCLEAR_LISTEN": "", "ALLCLEAR_BOOTSTRAP_TOKEN_FILE": "/none/token"]
        let error = #expect(throws: InvalidConfiguration.self) {
            try ConfigurationLoader(file: path, environment: environment).loadToServe()
        }
        let found = try #require(error).problems
        #expect(
            found.map(\.place) == [
                "/x", "/database", "/listen/0/tls/certificate", "/listen/0/tls/key", "/listen/1/tls/certificate",
                "/pages/0/tls/certificate", "/pages/0/tls/key", "ALLCLEAR_BOOTSTRAP_TOKEN_FILE",
            ])
        #expect(
            found.map(\.message).contains(
                #"tls.key is "/none/a.key", which cannot be read: No such file or directory "#
                    + "(\(path):2, /listen/0/tls/key)"))
        #expect(found.first { $0.place == "/database" }?.message.hasSuffix("name another file (\(path):1)") == true)
    }

    @Test("An unusable database path is a problem, wherever it comes from")
    func databasePlaces() throws {
        for (name, hint) in [("none/a.db", "does not exist; create it"), ("", "it is a directory; name a file in it")] {
            let database = directory.file(name)
            let loader = ConfigurationLoader(file: nil, environment: ["ALLCLEAR_DATABASE": database])
            let error = #expect(throws: InvalidConfiguration.self) { try loader.loadToServe() }
            let problem = try #require(error?.problems.first)
            #expect(problem.place == "ALLCLEAR_DATABASE")
            #expect(problem.message.hasPrefix("ALLCLEAR_DATABASE is \(database.quoted), which cannot be used: "))
            #expect(problem.message.contains(hint), "\(problem.message)")
        }
    }

    @Test(
        "A mirror needs an empty directory, one that can be made, or that of an earlier mirror",
        arguments: [
            ("new", nil), ("none/new", "cannot be created, because its parent directory does not exist"),
            ("a.json", "cannot be read: Not a directory"), ("", "contains other files; name an empty directory"),
        ] as [(String, String?)])
    func mirror(_ name: String, _ reason: String?) throws {
        let place = directory.file(name)
        let path = try directory.write(
            #"{"pages": [], "database": "\#(directory.file("a.db"))", "mirror": "\#(place)"}"#, to: "a.json")
        let loader = ConfigurationLoader(file: path, environment: [:])
        guard let reason else {
            #expect(try loader.loadToServe().configuration.mirror == place)
            return
        }
        let error = #expect(throws: InvalidConfiguration.self) { try loader.loadToServe() }
        #expect(error?.problems.map(\.place) == ["/mirror"])
        #expect(error?.problems.first?.message == "mirror is \(place.quoted), which \(reason) (\(path):1)")
    }

    @Test("A named file must exist")
    func missing() throws {
        let path = directory.file("none.json")
        for loader in [
            ConfigurationLoader(file: path, environment: [:]),
            ConfigurationLoader(file: nil, environment: ["ALLCLEAR_CONFIG": path]),
        ] {
            #expect(try problems(loader).description == "\(path): 1 problem\n  the file does not exist")
        }
    }

    @Test("A directory cannot be read as a file")
    func directoryInstead() throws {
        #expect(throws: InvalidConfiguration.self) {
            try ConfigurationLoader(file: directory.path, environment: [:]).load()
        }
    }

    @Test(
        "A file must contain a JSON object; malformed JSON is reported with line and column",
        arguments: [
            ("[]", ""), ("null", ""), ("5", ""), (#"{"pages":[],"a":"\ud800"}"#, "line 1, column 18"),
            ("", "line 1, column 1"),
            ("{", "line 1, column 2"), (#"{"pages":[],}"#, "line 1, column 12"), ("pages: []", "line 1, column 1"),
            ("{\n  \"pages\": []\n  \"log\": {}\n}\n", "line 3, column 3"),
        ])
    func noObject(text: String, place: String) throws {
        let path = try directory.write(text, to: "a.json")
        let error = try problems(ConfigurationLoader(file: path, environment: [:]))
        #expect(error.problems.map(\.place) == [place])
    }

    @Test("A repeated member is rejected with its position, at any depth")
    func repeated() throws {
        let path = try directory.write(
            """
            {
              "pages": [{"slug": "a", "name": "A", "name": "B"}],
              "pages": [],
              "log": {"level": "info", "level": "debug"},
              "unknown": 1, "unknown": 2
            }
            """, to: "a.json")
        let error = try problems(ConfigurationLoader(file: path, environment: [:]))
        #expect(
            error.problems.map(\.description) == [
                "name is repeated in line 2, column 40 (\(path):2, /pages/0/name)",
                "pages is repeated in line 3, column 3 (\(path):3)",
                "log.level is repeated in line 4, column 28 (\(path):4)",
                "unknown is repeated in line 5, column 17 (\(path):5)",
            ])
    }

    @Test("The file on the command line overrides the one from the environment")
    func precedence() throws {
        let first = try directory.write(#"{"pages":[],"database":"first"}"#, to: "first.json")
        let second = try directory.write(#"{"pages":[],"database":"second"}"#, to: "second.json")
        let environment = ["ALLCLEAR_CONFIG": second]
        #expect(try ConfigurationLoader(file: first, environment: environment).load().database == "first")
        #expect(try ConfigurationLoader(file: nil, environment: environment).load().database == "second")
    }

    @Test(
        "A public URL does not end with a slash",
        arguments: [
            ("https://a.example", "https://a.example"), ("https://a.example/", "https://a.example"),
            ("https://a.example//", "https://a.example"), ("http://a:80/status/", "http://a:80/status"),
            ("HTTPS://A.example", "https://A.example"), ("http://[::1]:80", "http://[::1]:80"),
        ])
    func publicURL(text: String, expected: String) {
        guard case .value(let url) = ConfigurationValues.publicURL(text) else {
            Issue.record("\(text) was rejected")
            return
        }
        #expect(url == expected)
    }
}
