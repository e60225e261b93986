public import Testing

extension TimeLimitTrait.Duration {
    /// A limit that only a test that hangs can reach. All tests of a run begin at once, so the limit includes the time
    /// in which other tests use the processors. With a sanitizer, everything takes several times as long.
    public static func patientMinutes(_ count: Int) -> Self {
        #if SANITIZER
            .minutes(20 * count)
        #else
            .minutes(count)
        #endif
    }
}
