import Glibc
import Markup
import StatusPages

/// The icon of a page in a browser's tab: the state as a colour and a shape.
struct Icon {
    /// The width and height in pixels.
    private static let size = 32

    /// An outline around the middle of the icon.
    private enum Shape {
        case disc
        case ring
        /// A regular polygon. `turn` is the direction of its first corner in degrees, clockwise from the top.
        case polygon(corners: Int, turn: Double)
    }

    private let fill: String
    private let shape: Shape

    init(_ status: OverallStatus) {
        fill = BadgeState(status).fill
        shape =
            switch status {
            case .operational: .disc
            case .incident: .ring
            case .underMaintenance: .polygon(corners: 4, turn: 45)
            case .degradedPerformance: .polygon(corners: 3, turn: 0)
            case .partialOutage: .polygon(corners: 4, turn: 0)
            case .fullOutage: .polygon(corners: 8, turn: 22.5)
            }
    }

    func svg() -> [UInt8] {
        let drawing: HTML =
            switch shape {
            case .disc: "<circle cx=\"16\" cy=\"16\" r=\"15\" fill=\"\(fill)\"/>"
            case .ring: "<circle cx=\"16\" cy=\"16\" r=\"11\" fill=\"none\" stroke=\"\(fill)\" stroke-width=\"8\"/>"
            case .polygon: "<polygon points=\"\(points)\" fill=\"\(fill)\"/>"
            }
        let svg: HTML = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">\(drawing)</svg>

            """
        return svg.bytes
    }

    /// The icon of a state as an ICO file, for programs that do not support other icons.
    static func ico(_ status: OverallStatus) -> [UInt8] { files[status] ?? [] }

    /// Drawn once, because drawing takes milliseconds.
    private static let files = Dictionary(uniqueKeysWithValues: OverallStatus.allCases.map { ($0, Icon($0).drawn()) })

    /// An ICO file with one bitmap of 32 bits per pixel.
    private func drawn() -> [UInt8] {
        let pixels = Self.size * Self.size * 4
        // One bit per pixel, unused because each pixel has its own opacity.
        let mask = Self.size * 4
        var bytes: [UInt8] = []
        func add(_ number: Int, bytes count: Int) {
            for index in 0..<count { bytes.append(UInt8(number >> (8 * index) & 255)) }
        }
        // The directory: one icon, its size and its offset.
        add(0, bytes: 2)
        add(1, bytes: 2)
        add(1, bytes: 2)
        add(Self.size, bytes: 1)
        add(Self.size, bytes: 1)
        add(0, bytes: 2)
        add(1, bytes: 2)
        add(32, bytes: 2)
        add(40 + pixels + mask, bytes: 4)
        add(22, bytes: 4)
        // The bitmap's header. Its height counts the mask as well.
        add(40, bytes: 4)
        add(Self.size, bytes: 4)
        add(2 * Self.size, bytes: 4)
        add(1, bytes: 2)
        add(32, bytes: 2)
        add(0, bytes: 4)
        add(pixels + mask, bytes: 4)
        add(0, bytes: 16)
        let colour = Int(fill.dropFirst(), radix: 16) ?? 0
        // From the bottom to the top, in the order blue, green, red, opacity.
        for row in (0..<Self.size).reversed() {
            for column in 0..<Self.size {
                add(colour, bytes: 3)
                add(opacity(column, row), bytes: 1)
            }
        }
        add(0, bytes: mask)
        return bytes
    }

    /// How much of a pixel the shape covers, from 0 to 255.
    private func opacity(_ column: Int, _ row: Int) -> Int {
        let samples = 4
        var covered = 0
        for index in 0..<samples * samples {
            let x = Double(column) + (Double(index % samples) + 0.5) / Double(samples)
            let y = Double(row) + (Double(index / samples) + 0.5) / Double(samples)
            if covers(x - 16, y - 16) { covered += 1 }
        }
        return covered * 255 / (samples * samples)
    }

    /// - Parameters: a point, as its distance from the middle.
    private func covers(_ x: Double, _ y: Double) -> Bool {
        let squared = x * x + y * y
        switch shape {
        case .disc: return squared <= 225
        case .ring: return squared <= 225 && squared >= 49
        case .polygon:
            let corners = corners
            return corners.indices.allSatisfy { index in
                let (one, other) = (corners[index], corners[(index + 1) % corners.count])
                return (other.x - one.x) * (y - one.y) - (other.y - one.y) * (x - one.x) >= 0
            }
        }
    }

    /// The corners of a polygon clockwise, as distances from the middle.
    private var corners: [(x: Double, y: Double)] {
        guard case .polygon(let count, let turn) = shape else { return [] }
        return (0..<count).map { index in
            let angle = (turn + 360 * Double(index) / Double(count)) * .pi / 180
            return (15.5 * sin(angle), -15.5 * cos(angle))
        }
    }

    private var points: String {
        corners.map { "\(Self.rounded(16 + $0.x)),\(Self.rounded(16 + $0.y))" }.joined(separator: " ")
    }

    /// In tenths.
    private static func rounded(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
