import StatusPages
import Testing

@testable import PublicPages

@Suite("Icons with the state")
struct IconTests {
    /// A number in an ICO file, least significant byte first.
    private static func number(_ bytes: [UInt8], at offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    /// The opacity of a pixel, counted from the top left.
    private static func opacity(_ bytes: [UInt8], _ column: Int, _ row: Int) -> UInt8 {
        bytes[22 + 40 + ((31 - row) * 32 + column) * 4 + 3]
    }

    @Test("An ICO file has one bitmap of 32 by 32 pixels", arguments: OverallStatus.allCases)
    func file(status: OverallStatus) {
        let bytes = Icon.ico(status)
        #expect(bytes.prefix(6).elementsEqual([0, 0, 1, 0, 1, 0]))
        #expect(bytes[6] == 32 && bytes[7] == 32)
        let (size, offset) = (Self.number(bytes, at: 14, 4), Self.number(bytes, at: 18, 4))
        #expect(offset == 22 && offset + size == bytes.count)
        #expect(Self.number(bytes, at: offset, 4) == 40)
        #expect(Self.number(bytes, at: offset + 8, 4) == 64, "the height counts the mask")
    }

    @Test("Each state has its own colour and shape")
    func shapes() {
        #expect(Set(OverallStatus.allCases.map { Icon($0).svg() }).count == OverallStatus.allCases.count)
        let masks = OverallStatus.allCases.map { status in
            (0..<1_024).map { Self.opacity(Icon.ico(status), $0 % 32, $0 / 32) }
        }
        #expect(Set(masks).count == OverallStatus.allCases.count)
    }

    @Test("A disc is filled, and a ring is not")
    func middle() {
        #expect(Self.opacity(Icon.ico(.operational), 16, 16) == 255)
        #expect(Self.opacity(Icon.ico(.incident), 16, 16) == 0)
        #expect(Self.opacity(Icon.ico(.operational), 0, 0) == 0)
    }

    @Test("A triangle points up")
    func direction() {
        let bytes = Icon.ico(.degradedPerformance)
        let width = { (row: Int) in (0..<32).count { Self.opacity(bytes, $0, row) > 127 } }
        #expect(width(4) < width(12) && width(12) < width(20))
    }
}
