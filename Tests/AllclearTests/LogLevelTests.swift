import Logging
import Testing

@testable import allclear

@Suite("Log level")
struct LogLevelTests {
    @Test("All loggers share one level, except those with their own", arguments: Logger.Level.allCases)
    func shared(_ other: Logger.Level) {
        let level = LogLevel(.info)
        let logger = Configuration().makeLogger(level)
        var own = logger
        own.logLevel = .notice
        #expect(logger.logLevel == .info)
        level.use(other)
        #expect(logger.logLevel == other)
        #expect(own.logLevel == .notice)
    }
}
