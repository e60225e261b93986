import Foundation
import Glibc
import Logging
import Testing

@testable import allclear

@Suite("Log lines")
struct LogSinkTests {
    private func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test("Lines come out whole and in order")
    func order() throws {
        let (reader, writer) = try pipe()
        defer { close(reader) }
        let sink = LogSink(descriptor: writer, capacity: 10_000)
        for number in 0..<100 { sink.write("line \(number)", .text) }
        sink.flush()
        close(writer)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(reader, &buffer, buffer.count)
        let lines = String(decoding: buffer[..<max(0, count)], as: UTF8.self).split(separator: "\n")
        #expect(lines == (0..<100).map { "line \($0)" })
    }

    @Test(
        "A stalled reader blocks nobody: lines are queued, and those over the limit are reported in the log's format",
        arguments: Configuration.LogFormat.allCases)
    func stalled(format: Configuration.LogFormat) throws {
        let (reader, writer) = try pipe()
        let sink = LogSink(descriptor: writer, capacity: 1_000)
        let handler = LineLogHandler(LogLevel(.info), format: format)
        let long = handler.line("2026-01-01T00:00:00.000Z", .info, "\(String(repeating: "x", count: 400))", nil)
        // Far more than the pipe and the buffer can hold.
        for _ in 0..<2_000 { sink.write(long, format) }
        var received = ""
        var buffer = [UInt8](repeating: 0, count: 1_048_576)
        var accountedFor = 0
        while accountedFor < 2_000 {
            let count = read(reader, &buffer, buffer.count)
            try #require(count > 0)
            received += String(decoding: buffer[..<count], as: UTF8.self)
            let lines = received.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            accountedFor = try lines.reduce(0) { try $0 + ($1 == long ? 1 : lost(in: String($1), format)) }
        }
        #expect(accountedFor == 2_000)
        sink.flush()
        close(writer)
        close(reader)
    }

    /// The number of lines whose loss a line reports.
    private func lost(in line: String, _ format: Configuration.LogFormat) throws -> Int {
        switch format {
        case .text:
            let parts = line.components(
                separatedBy: " WARNING log lines were dropped, because standard error did not take them lines=")
            try #require(parts.count == 2, "\(line)")
            return try #require(Int(parts[1]))
        case .json:
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["level"] as? String == "warning")
            return try #require(object?["lines"] as? Int, "\(line)")
        }
    }

    @Test("A non-blocking pipe loses nothing")
    func nonblocking() throws {
        let (reader, writer) = try pipe()
        #expect(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
        let sink = LogSink(descriptor: writer, capacity: 10_000_000)
        let lines = (0..<1_000).map { "\($0) " + String(repeating: "x", count: 200) }
        for line in lines { sink.write(line, .text) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while received.count < lines.reduce(0, { $0 + $1.utf8.count + 1 }) {
            let count = read(reader, &buffer, buffer.count)
            try #require(count > 0)
            received += buffer[..<count]
        }
        #expect(String(decoding: received, as: UTF8.self).split(separator: "\n").map(String.init) == lines)
        sink.flush()
        close(writer)
        close(reader)
    }

    @Test(
        "Lines lost on a full disk are counted when there is space again, and lines stay whole",
        .enabled(if: FullDisk.isPossible))
    func roomAgain() throws {
        let disk = try FullDisk()
        let log = disk.path + "/log"
        let descriptor = open(log, O_RDWR | O_CREAT | O_APPEND, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        // One page, minus one line and four bytes.
        let before = [UInt8](repeating: UInt8(ascii: "."), count: 4_081)
        LogSink.write(before, to: descriptor)
        try disk.fill()
        let sink = LogSink(descriptor: descriptor, capacity: 1_000)
        for number in 1...6 {
            if number == 5 { disk.clear() }
            sink.write("line no. \(number)", .text)
            sink.flush()
        }
        let text = try String(contentsOfFile: log, encoding: .utf8).dropFirst(before.count)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 6)
        #expect(lines[..<2] == ["line no. 1", "line"])
        #expect(lines[2].hasSuffix(" lines=3"))
        #expect(lines[3...] == ["line no. 5", "line no. 6", ""])
    }

    @Test("Lines that cannot be written are dropped", arguments: ["/dev/full"])
    func full(path: String) throws {
        let descriptor = open(path, O_WRONLY)
        try #require(descriptor >= 0)
        let sink = LogSink(descriptor: descriptor, capacity: 1_000)
        sink.write("lost", .text)
        sink.flush()
        #expect(!LogSink.write([1], to: descriptor))
        close(descriptor)
    }
}
