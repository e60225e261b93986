import Foundation
import HTTPServer
import TestSupport
import Testing

@testable import allclear

/// Serialized, because each test needs consecutive descriptors. The tests use the highest descriptors that the limit
/// allows: other tests in the process get the lowest free ones, and some open thousands.
@Suite("Inherited sockets", .serialized)
struct InheritedSocketsTests {
    private static let first: Int32 = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // Not higher, because the kernel's descriptor table is as long as the highest number in use.
        return Int32(min(limit.rlim_cur, 65_536)) - 8
    }()

    private func take(
        _ count: String?, for processID: String? = "42", first: Int32 = first, forget: (String) -> Void = { _ in }
    ) throws(InheritedSockets.Unusable) -> [Int32] {
        var environment = ["HOME": "/root"]
        environment["LISTEN_FDS"] = count
        environment["LISTEN_PID"] = processID
        return try InheritedSockets.take(environment: environment, processID: 42, first: first, forget: forget)
    }

    @Test("Listening sockets are inherited in order, non-blocking and close-on-exec")
    func taken() throws {
        let directory = try TemporaryDirectory()
        let passed = try PassedDescriptors(
            [.tcp(AF_INET), .tcp(AF_INET6), .unix(directory.file("socket"))], at: Self.first)
        #expect(try take("3") == passed.descriptors)
        for descriptor in passed.descriptors {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
            // They listen, but no client has connected.
            #expect(accept(descriptor, nil, nil) == -1 && errno == EAGAIN)
        }
    }

    @Test(
        "A socket with another address than the configuration is detected",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1:80", true), ("localhost:80", "127.0.0.1:80", true),
            (":80", "0.0.0.0:80", true), ("[::]:80", "0.0.0.0:80", true), ("0.0.0.0:80", "[::]:80", true),
            ("[0:0::1]:80", "[::1]:80", true), ("127.0.0.1:0", "127.0.0.1:80", true),
            // Host names are not resolved.
            ("status.example.com:80", "192.0.2.1:80", true), ("status.example.com:80", "192.0.2.1:81", false),
            ("127.0.0.1:80", "127.0.0.1:81", false), ("127.0.0.1:80", "0.0.0.0:80", false),
            ("unix:/run/a.sock", "unix:/run//a.sock", true), ("unix:/run/a.sock", "unix:/run/b.sock", false),
            ("unix:/run/a.sock", "127.0.0.1:80", false), ("127.0.0.1:80", "unix:/run/a.sock", false),
        ])
    func places(configured: String, bound: String, agree: Bool) throws {
        let address = try #require(SocketAddress(configured))
        #expect(address.agrees(with: try #require(SocketAddress(bound))) == agree)
    }

    @Test("There must be one socket for each address, or none", arguments: [0, 2])
    func asMany(count: Int) throws {
        try InheritedSockets.check(count, match: [SocketAddress(host: "::", port: 80), .unix(path: "/run/a.sock")])
    }

    @Test(
        "Any other number of sockets is rejected with advice",
        arguments: [
            (1, "passed 1 socket, but listen has 2 ([::]:80, unix:/run/a.sock);"),
            (3, "passed 3 sockets, but listen has 2 ([::]:80, unix:/run/a.sock);"),
        ])
    func anotherNumber(count: Int, reason: String) throws {
        let failure = #expect(throws: InheritedSockets.Unusable.self) {
            try InheritedSockets.check(count, match: [SocketAddress(host: "::", port: 80), .unix(path: "/run/a.sock")])
        }
        let description = try #require(failure).description
        #expect(description.contains(reason))
        #expect(description.contains("write one ListenStream= for each address in listen, in the same order"))
    }

    @Test("Only the descriptors that LISTEN_FDS announces are touched")
    func fewer() throws {
        let passed = try PassedDescriptors([.tcp(AF_INET), .tcp(AF_INET)], at: Self.first)
        defer { withExtendedLifetime(passed) {} }
        #expect(try take("1") == [Self.first])
        #expect(fcntl(passed.descriptors[1], F_GETFL) & O_NONBLOCK == 0)
    }

    @Test(
        "Without the variables, for another process, and with count 0 nothing is inherited",
        arguments: [
            (nil, nil), (nil, "42"), ("1", nil), ("1", "43"), ("1", "1"), ("x", "43"), ("0", "42"),
        ] as [(String?, String?)])
    func nothing(_ count: String?, _ processID: String?) throws {
        #expect(try take(count, for: processID) == [])
    }

    @Test("The variables are always removed")
    func forgotten() throws {
        let environment = [
            "LISTEN_PID": "43", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http", "LISTEN_PIDFDID": "1", "HOME": "/root",
        ]
        var forgotten: Set<String> = []
        _ = try InheritedSockets.take(environment: environment, processID: 42) { forgotten.insert($0) }
        #expect(forgotten == ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"])
        forgotten = []
        #expect(throws: InheritedSockets.Unusable.self) { try take("x") { forgotten.insert($0) } }
        #expect(forgotten == ["LISTEN_PID", "LISTEN_FDS"])
    }

    @Test(
        "Malformed numbers are rejected",
        arguments: [
            ("x", "42"), ("", "42"), ("-1", "42"), ("+1", "42"), ("1 ", "42"), ("99999999999", "42"),
            ("2147483647", "42"), ("1", "x"), ("1", "+42"),
        ])
    func malformed(_ count: String, _ processID: String) throws {
        let rule =
            processID == "42"
            ? "LISTEN_FDS must be a number from 0 to \(Int32.max - Self.first); got \"\(count)\"."
            : "LISTEN_PID must be a number from 0 to 2147483647; got \"\(processID)\"."
        let error = #expect(throws: InheritedSockets.Unusable.self) { try take(count, for: processID) }
        let advice =
            " Service managers set it to pass sockets: without a service manager, unset LISTEN_PID and LISTEN_FDS"
        #expect(error?.description == rule + advice)
    }

    @Test("The error for a closed descriptor names it")
    func closed() throws {
        let passed = try PassedDescriptors([.tcp(AF_INET)], at: Self.first)
        defer { withExtendedLifetime(passed) {} }
        let reason = "descriptor \(Self.first + 1) from LISTEN_FDS is not open"
        #expect(throws: InheritedSockets.Unusable(description: reason)) { try take("2") }
        #expect(throws: InheritedSockets.Unusable(description: reason)) { try take("2000000000") }
    }

    @Test(
        "Only listening stream sockets are accepted",
        arguments: [
            (.file, "is not a socket"), (.datagram, "is not a stream socket; use ListenStream="),
            (.sequenced, "is not a stream socket; use ListenStream="), (.idle, "does not listen; use Accept=no"),
            (.connected, "does not listen; use Accept=no"),
        ] as [(PassedDescriptors.Kind, String)])
    func otherKinds(_ kind: PassedDescriptors.Kind, _ reason: String) throws {
        let passed = try PassedDescriptors([.tcp(AF_INET), kind], at: Self.first)
        defer { withExtendedLifetime(passed) {} }
        let reason = "descriptor \(Self.first + 1) from LISTEN_FDS \(reason)"
        #expect(throws: InheritedSockets.Unusable(description: reason)) { try take("2") }
    }
}

/// Consecutive descriptors, as a service manager passes them. They are closed when the object is freed.
final class PassedDescriptors {
    enum Kind {
        /// Listening sockets.
        case tcp(Int32)
        case unix(String)
        case file, datagram, sequenced, idle, connected
    }

    private(set) var descriptors: [Int32] = []

    init(_ kinds: [Kind], at first: Int32) throws {
        for (index, kind) in kinds.enumerated() {
            let original = try Self.open(kind)
            defer { close(original) }
            let descriptor = fcntl(original, F_DUPFD, first + Int32(index))
            descriptors.append(descriptor)
            try #require(descriptor == first + Int32(index))
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    private static func open(_ kind: Kind) throws -> Int32 {
        let stream = Int32(SOCK_STREAM.rawValue)
        switch kind {
        case .tcp(let family): return try listening(socket(family, stream, 0))
        case .unix(let path):
            let descriptor = socket(AF_UNIX, stream, 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(status == 0)
            return try listening(descriptor)
        case .file: return Glibc.open("/dev/null", O_RDWR)
        case .datagram: return socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        case .sequenced: return try #require(pair(Int32(SOCK_SEQPACKET.rawValue)))
        case .idle: return socket(AF_INET, stream, 0)
        case .connected: return try #require(pair(stream))
        }
    }

    /// If the socket is not bound to an address, the system chooses a port.
    private static func listening(_ descriptor: Int32) throws -> Int32 {
        try #require(listen(descriptor, 1) == 0)
        return descriptor
    }

    /// One end of a connected pair.
    private static func pair(_ type: Int32) -> Int32? {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        close(ends[1])
        return ends[0]
    }
}
