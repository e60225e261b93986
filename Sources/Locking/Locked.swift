public import Synchronization

#if THREAD_SANITIZER
    import Glibc
#endif

/// A value that one thread at a time may use, for short critical sections.
///
/// It is a `Mutex`, except in builds with ThreadSanitizer. That tool does not see how the standard library's mutex
/// orders threads, and would report every use as a race. So these builds use a POSIX mutex, which it understands.
public struct Locked<Value: Sendable>: ~Copyable, Sendable {
    #if THREAD_SANITIZER
        private let mutex: POSIXMutex<Value>
    #else
        @usableFromInline let mutex: Mutex<Value>
    #endif

    #if THREAD_SANITIZER
        public init(_ value: Value) { mutex = POSIXMutex(value) }

        public func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            try mutex.withLock { try body(&$0) }
        }
    #else
        // Inlinable, so that the compiler specializes it for each type of value. Generic code would look up the type at
        // run time.
        @inlinable
        public init(_ value: Value) { mutex = Mutex(value) }

        @inlinable
        public func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            try mutex.withLock { try body(&$0) }
        }
    #endif
}

#if THREAD_SANITIZER
    /// A POSIX mutex and the value it guards.
    // Sendable because the value is used only while the mutex is held, and is itself Sendable.
    private final class POSIXMutex<Value: Sendable>: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private var value: Value

        init(_ value: Value) {
            self.value = value
            pthread_mutex_init(mutex, nil)
        }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body(&value)
        }
    }
#endif
