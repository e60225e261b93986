import CLinux
import Glibc

/// The processors that this process may use.
enum Processors {
    /// The number of processors that the process's affinity and its container's CPU quota allow.
    static var usable: Int {
        let affinity = Int(allclear_usable_processors())
        let most = affinity > 0 ? affinity : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return min(most, quota ?? most)
    }

    /// The control group's `cpu.max`, rounded up to whole processors: `200000 100000` is two, `max 100000` means no
    /// limit.
    private static var quota: Int? {
        guard let file = fopen("/sys/fs/cgroup/cpu.max", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return parseQuota(String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    static func parseQuota(_ text: String) -> Int? {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
        guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0, period > 0 else {
            return nil
        }
        return (time + period - 1) / period
    }
}
