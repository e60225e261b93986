import Locking
import Logging

/// Stops and reloads a running server, and reports its state to the service manager.
final class ServiceControl: Sendable {
    private let application: Application
    private let succession: Succession
    private let areSocketsInherited: Bool
    private let logger: Logger
    private let load: @Sendable () throws(InvalidConfiguration) -> Configuration
    private let manager = ServiceManager()
    private let isReloading = Locked(false)
    private let whenActive: @Sendable () -> Void

    /// - Parameters:
    ///   - areSocketsInherited: whether the sockets came from the service manager.
    ///   - whenActive: called when a standby has become the active server.
    ///   - load: reads the configuration again.
    init(
        _ application: Application, _ succession: Succession, areSocketsInherited: Bool, logger: Logger,
        whenActive: @escaping @Sendable () -> Void,
        load: @escaping @Sendable () throws(InvalidConfiguration) -> Configuration
    ) {
        self.application = application
        self.succession = succession
        self.areSocketsInherited = areSocketsInherited
        self.logger = logger
        self.whenActive = whenActive
        self.load = load
    }

    func stop() {
        logger.info("stopping")
        manager.notify(.stopping, logger: logger)
        succession.close()
        let isSucceeded = succession.sharesSockets
        application.stop(handingOver: isSucceeded || areSocketsInherited, isSucceeded: isSucceeded)
    }

    func reload() {
        if application.isStopping { return }
        isReloading.withLock { isReloading in
            isReloading = true
            manager.notify(.reloading, logger: logger)
        }
        application.reload(load)
        isReloading.withLock { isReloading in
            isReloading = false
            tellReady()
        }
    }

    /// Makes a standby the active server.
    func promote() {
        let wasStandby = application.isStandby
        application.promote()
        if wasStandby, !application.isStandby { whenActive() }
        tellReady()
    }

    /// Reports that the server answers requests: now, and again when a server that started read-only has stored the
    /// pages.
    func reportReady() {
        application.readOnlyStart.whenOver { [self] in
            // READY=1 also means that a reload has ended. So during a reload, only its own end may send it.
            isReloading.withLock { if !$0 { tellReady() } }
        }
        tellReady()
    }

    private func tellReady() {
        // Never report ready after the stop has begun.
        if application.isStopping { return }
        manager.notify(.ready(status: application.status), logger: logger)
    }
}
