import Foundation
import Glibc

/// The system's numbers about this process, under the names that Prometheus clients share.
enum ProcessFacts {
    static func write(to text: inout MetricsText) {
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            text.add(
                "process_cpu_seconds_total", .counter, "CPU time in user and kernel mode, in seconds.",
                seconds(usage.ru_utime) + seconds(usage.ru_stime))
        }
        if let pages = fields(of: "/proc/self/statm").dropFirst().first.flatMap({ Int($0) }) {
            text.add(
                "process_resident_memory_bytes", .gauge, "Resident memory size in bytes.",
                pages * Int(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            text.add("process_open_fds", .gauge, "Open file descriptors.", descriptors)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text.add("process_max_fds", .gauge, "The maximum number of open file descriptors.", limit.rlim_cur)
        }
        text.add(
            "process_start_time_seconds", .gauge, "Start time of the process, in seconds since the Unix epoch.",
            startTime)
    }

    /// The time of the first access, which is at the start of the server.
    static let startTime = Int(Date().timeIntervalSince1970)

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

    private static func fields(of path: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    }
}
