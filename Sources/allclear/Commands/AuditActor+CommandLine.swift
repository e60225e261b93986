import Glibc
import StatusPages

extension AuditActor {
    /// The user who runs this command. With sudo it is the user who called sudo.
    static var commandLine: AuditActor {
        let entry = getpwuid(getuid())
        let user = entry.map { String(cString: $0.pointee.pw_name) } ?? "user \(getuid())"
        let caller = getenv("SUDO_USER").map { String(cString: $0) } ?? ""
        return AuditActor(kind: .commandLine, name: caller.isEmpty ? user : caller)
    }
}
