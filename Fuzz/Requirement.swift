import Glibc

/// Aborts the process if a promise is broken, so that the fuzzer reports it.
func require(_ condition: Bool, _ promise: StaticString) {
    if condition { return }
    promise.withUTF8Buffer { _ = write(2, $0.baseAddress, $0.count) }
    abort()
}
