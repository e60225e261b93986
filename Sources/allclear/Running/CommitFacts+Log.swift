import Logging
import Storage

extension Writer.CommitFacts {
    func log(to logger: Logger) {
        logger.debug(
            "commit",
            metadata: [
                "writes": .stringConvertible(writes), "committed": "\(isCommitted)",
                "duration_us": .stringConvertible(Int(duration / .microseconds(1))),
            ])
    }
}
