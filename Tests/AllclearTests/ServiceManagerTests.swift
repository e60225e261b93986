import Foundation
import Logging
import TestSupport
import Testing

@testable import allclear

@Suite("Service manager")
struct ServiceManagerTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// The path of a socket, or an abstract name that no other test uses.
    private func address(isAbstract: Bool) -> String {
        isAbstract ? "@allclear-test-\(UUID())" : directory.file("notify")
    }

    @Test("The service manager is notified at a path or an abstract address", arguments: [false, true])
    func notices(isAbstract: Bool) throws {
        let address = address(isAbstract: isAbstract)
        let receiver = try DatagramReceiver(address)
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": address])
        try manager.send(.ready(status: "Serving 2 pages at 127.0.0.1:8080"))
        #expect(receiver.next() == "READY=1\nSTATUS=Serving 2 pages at 127.0.0.1:8080")
        try manager.send(.stopping)
        #expect(receiver.next() == "STOPPING=1")
        #expect(receiver.next() == nil)
    }

    @Test("A reload notification has the monotonic time of its start")
    func reloading() throws {
        let receiver = try DatagramReceiver(directory.file("notify"))
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": directory.file("notify")])
        let before = monotonicNanoseconds()
        try manager.send(.reloading)
        let after = monotonicNanoseconds()
        let lines = try #require(receiver.next()).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(lines.count == 2 && lines.last == "MONOTONIC_USEC=\(time)")
        #expect(before / 1_000 <= time && time <= after / 1_000)
    }

    private func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test("A status cannot inject other assignments")
    func lineBreaks() throws {
        let receiver = try DatagramReceiver(directory.file("notify"))
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": directory.file("notify")])
        try manager.send(.ready(status: "a\nMAINPID=1\r\nb\n"))
        #expect(receiver.next() == "READY=1\nSTATUS=a MAINPID=1 b")
    }

    @Test("Without NOTIFY_SOCKET there is no address to send to", arguments: [[:], ["NOTIFY_SOCKET": ""]])
    func unset(environment: [String: String]) {
        let manager = ServiceManager(environment: environment)
        #expect(manager.address == nil)
        #expect(throws: Never.self) { try manager.send(.stopping) }
    }

    @Test("An abstract name can be as long as a socket address")
    func longest() throws {
        let name = "@\(UUID())"
        let address = name + String(repeating: "x", count: 108 - name.utf8.count)
        let receiver = try DatagramReceiver(address)
        try ServiceManager(environment: ["NOTIFY_SOCKET": address]).send(.stopping)
        #expect(receiver.next() == "STOPPING=1")
    }

    @Test(
        "A failed notification is logged and has no other effect",
        arguments: [
            ("/nowhere/notify", "cannot send to /nowhere/notify: No such file or directory"),
            ("@allclear-test-nobody", "cannot send to @allclear-test-nobody: Connection refused"),
            ("notify", "NOTIFY_SOCKET must be a path or an abstract address; got \"notify\""),
            ("vsock:2:1", "NOTIFY_SOCKET must be a path or an abstract address; got \"vsock:2:1\""),
            ("/" + String(repeating: "x", count: 107), "NOTIFY_SOCKET is too long for a socket address: \"/xxx"),
            ("@" + String(repeating: "x", count: 108), "NOTIFY_SOCKET is too long for a socket address: \"@xxx"),
        ])
    func failures(_ address: String, _ reason: String) throws {
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": address])
        let failure = #expect(throws: ServiceManager.Failure.self) { try manager.send(.stopping) }
        #expect(try #require(failure).description.hasPrefix(reason))
        manager.notify(.stopping, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// A Unix socket that receives datagrams.
private final class DatagramReceiver {
    private let socket: Int32

    /// - Parameter name: a path, or `@` and an abstract name.
    init(_ name: String) throws {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | flags, 0)
        try #require(socket >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = name.hasPrefix("@")
        let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(status == 0)
    }

    deinit { close(socket) }

    /// The next datagram; nil if none has arrived.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
