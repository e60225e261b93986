import Cryptography
import HTTPServer
import HTTPTypes
import PublicPages

/// A file that screens load. Its address has a hash of its content, so browsers may keep it forever.
struct DashboardAsset: Sendable {
    /// The path of all files, as metrics and logs name it.
    static let template = "\(folder){hash}/{name}"
    private static let folder = "\(DashboardPlace.root)/assets/"

    let path: String
    private let file: ImmutableFile

    /// The style sheet of the public pages, followed by the rules for screens.
    static let style = DashboardAsset(
        "dashboard.css", "text/css; charset=utf-8", PublicPages.style + bytes(of: EmbeddedAssets.dashboardCSS))
    static let script = DashboardAsset(
        "dashboard.js", "text/javascript; charset=utf-8", bytes(of: EmbeddedAssets.dashboardJS))

    private init(_ name: String, _ mediaType: String, _ bytes: [UInt8]) {
        let digits = SHA256.hash(bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        path = "\(Self.folder)\(digits.joined())/\(name)"
        file = ImmutableFile(bytes, mediaType: mediaType)
    }

    static func owns(_ path: Substring) -> Bool { path.hasPrefix(folder) }

    /// - Returns: nil for any other path or method.
    static func response(to request: Request) -> Response? {
        guard request.head.method == .get || request.head.method == .head else { return nil }
        return [style, script].first { $0.path == request.path }?.file.response(to: request)
    }

    private static func bytes(of text: StaticString) -> [UInt8] { text.withUTF8Buffer(Array.init) }
}
