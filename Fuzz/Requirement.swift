import Glibc

/// Ends the process if a promise is broken: that is what a fuzzer looks for.
func require(_ condition: Bool, _ promise: StaticString) {
    if condition { return }
    promise.withUTF8Buffer { _ = write(2, $0.baseAddress, $0.count) }
    abort()
}
