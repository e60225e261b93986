import Logging
import Storage

extension StorageNotice {
    func log(to logger: Logger) {
        switch self {
        case .inDoubt(let reason, isDiskFull: true):
            logger.error(
                "the disk is full: writes get 503 until there is room", metadata: ["error": "\(reason)"])
        case .inDoubt(let reason, isDiskFull: false):
            logger.error(
                "the disk failed: writes get 503 until the database is reopened",
                metadata: ["error": "\(reason)"])
        case .readOnly(let reason):
            logger.error(
                "the database is not writable: reads continue, and writes get 503",
                metadata: ["error": "\(reason)"])
        case .settled: logger.notice("database reopened; accepting writes")
        case .unreplicated(let reason):
            logger.error(
                "replication failed: writes get 503 until it works again", metadata: ["error": "\(reason)"])
        case .replicationLags(let reason):
            logger.error(
                "replication failed: writes are accepted, but only this machine has them",
                metadata: ["error": "\(reason)"])
        case .replicated: logger.notice("all writes are replicated again")
        case .logHeld(let bytes):
            logger.warning(
                "the WAL grows: another process keeps reading an old state of the database",
                metadata: ["bytes": .stringConvertible(bytes)])
        case .logGrows(let bytes):
            logger.warning(
                """
                the WAL grows: the program that should checkpoint it, such as Litestream, does not; writes get \
                503 at 1 GiB
                """,
                metadata: ["bytes": .stringConvertible(bytes)])
        case .checkpointsExternal(let reason):
            logger.notice(
                "another program checkpoints the database; this server does not",
                metadata: ["because_of": "\(reason)"])
        case .checkpointsOwn: logger.notice("this server checkpoints the database again")
        case .logReleased: logger.notice("the WAL was restarted")
        }
    }
}

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
