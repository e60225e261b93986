import Logging
import Storage

extension StorageNotice {
    func log(to logger: Logger) {
        switch self {
        case .inDoubt(let reason):
            logger.error(
                "the disk failed: nothing is stored until the database was opened again",
                metadata: ["error": "\(reason)"])
        case .settled: logger.notice("the database is open again, and stores")
        case .logHeld(let bytes):
            logger.warning(
                "another process reads an old state of the database, whose log grows meanwhile",
                metadata: ["bytes": .stringConvertible(bytes)])
        case .logReleased: logger.notice("the log of the database begins anew")
        }
    }
}
