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
                "the disk failed: writes get 503 until the database can be opened again",
                metadata: ["error": "\(reason)"])
        case .readOnly(let reason):
            logger.error(
                "the database cannot be written: it is served as it is, and writes get 503 until it can",
                metadata: ["error": "\(reason)"])
        case .settled: logger.notice("the database is open again, and stores")
        case .logHeld(let bytes):
            logger.warning(
                "another process reads an old state of the database, whose log grows meanwhile",
                metadata: ["bytes": .stringConvertible(bytes)])
        case .logGrows(let bytes):
            logger.warning(
                """
                Litestream, or whatever else makes the checkpoints, makes none: the log of the database grows, and writes \
                get 503 when it reaches a gigabyte
                """,
                metadata: ["bytes": .stringConvertible(bytes)])
        case .checkpointsExternal(let reason):
            logger.notice(
                "another program makes the checkpoints of the database; this server makes none",
                metadata: ["because_of": "\(reason)"])
        case .checkpointsOwn: logger.notice("this server makes the checkpoints of the database again")
        case .logReleased: logger.notice("the log of the database begins anew")
        }
    }
}
