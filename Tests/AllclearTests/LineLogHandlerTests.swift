import Foundation
import Logging
import Testing

@testable import allclear

@Suite("Log lines")
struct LineLogHandlerTests {
    private func line(_ format: Configuration.LogFormat, _ metadata: Logger.Metadata) -> String {
        LineLogHandler(LogLevel(.info), format: format).line("now", .info, "said", metadata)
    }

    @Test(
        "Numbers are numbers in JSON, and everything else is a string",
        arguments: [
            (.stringConvertible(503), "503"),
            (.stringConvertible(-1), "-1"),
            (.stringConvertible(UInt64.max), "18446744073709551615"),
            (.stringConvertible(0.5), "0.5"),
            (.stringConvertible(Float(2)), "2.0"),
            (.stringConvertible(Double.infinity), "\"inf\""),
            (.stringConvertible(true), "\"true\""),
            ("503", "\"503\""),
            ("a \"b\"\n/c", #""a \"b\"\n/c""#),
            ("\u{8}\u{1B}[31m\t\r\\\u{7F}é\u{2028}😀", "\"\\u0008\\u001b[31m\\t\\r\\\\\u{7F}é\u{2028}😀\""),
            (["a", "b"], #""[\"a\", \"b\"]""#),
        ] as [(Logger.MetadataValue, String)])
    func json(value: Logger.MetadataValue, written: String) throws {
        let line = line(.json, ["key": value])
        #expect(line == #"{"time":"now","level":"info","message":"said","key":\#(written)}"#)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }

    @Test(
        "The text format quotes values that contain separators",
        arguments: [
            (.stringConvertible(503), "503"), ("503", "503"), ("a b", "\"a b\""), ("", "\"\""), ("a\nb", #""a\nb""#),
        ] as [(Logger.MetadataValue, String)])
    func text(value: Logger.MetadataValue, written: String) {
        #expect(line(.text, ["b": value, "a": "1"]) == "now INFO said a=1 b=\(written)")
    }
}
