import Testing

@testable import HTTPServer

@Suite struct ProcessorsTests {
    @Test(
        "A container's quota is rounded up to whole processors",
        arguments: [
            ("200000 100000\n", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", nil), ("", nil),
            ("0 100000", nil), ("100000 0", nil), ("100000", nil),
        ])
    func quota(text: String, processors: Int?) {
        #expect(Processors.parseQuota(text) == processors)
    }

    @Test("There is always one processor")
    func usable() { #expect(Processors.usable >= 1) }
}
