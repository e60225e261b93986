import Cryptography
import Glibc
import HTTPTypes
import StatusPages

/// A file that the pages load. Its address has a hash of its content, so caches may keep it forever.
struct Asset: Equatable, Sendable {
    /// Such as `/assets/page.1a2b3c4d5e6f.css`, on every host.
    let path: String
    let mediaType: String
    let bytes: [UInt8]

    private init(_ name: String, _ extension: String, _ mediaType: String, _ bytes: [UInt8]) {
        let digits = SHA256.hash(bytes).prefix(6).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        path = "/assets/\(name).\(digits.joined()).\(`extension`)"
        self.mediaType = mediaType
        self.bytes = bytes
    }

    static let script = Asset("page", "js", "text/javascript; charset=utf-8", EmbeddedAssets.pageJS.bytes)

    /// The style sheet of a page with these settings: the common one, then the accent.
    static func style(_ settings: SiteSettings) -> Asset {
        settings.accent == SiteSettings.ByScheme()
            ? plainStyle : style(EmbeddedAssets.pageCSS.bytes + settings.accentRules.utf8)
    }

    private static let plainStyle = style(EmbeddedAssets.pageCSS.bytes)

    private static func style(_ bytes: [UInt8]) -> Asset { Asset("page", "css", "text/css; charset=utf-8", bytes) }

    /// A page's logo.
    static func logo(_ picture: Picture) -> Asset { make("logo", picture) }

    /// The icon that a page's owner chose.
    static func icon(_ picture: Picture) -> Asset { make("icon", picture) }

    private static func make(_ name: String, _ picture: Picture) -> Asset {
        Asset(name, picture.format.rawValue, picture.format.mediaType, picture.bytes)
    }
}

/// The files that a page loads from its own host.
struct SiteAssets: Equatable, Sendable {
    let style: Asset
    let script: Asset
    let logo: SiteSettings.ByScheme<Asset>
    /// Nil: an icon that shows the state.
    let icon: Asset?

    /// Hashes the files, so do it once for a state of the configuration.
    init(_ settings: SiteSettings, favicon: Picture? = nil) {
        style = Asset.style(settings)
        script = Asset.script
        logo = SiteSettings.ByScheme(
            light: settings.logo.light.map(Asset.logo), dark: settings.logo.dark.map(Asset.logo))
        icon = favicon.map(Asset.icon)
    }

    var all: [Asset] { [style, script, logo.light, logo.dark, icon].compactMap(\.self) }
}

extension SiteSettings {
    /// The rules that give links and the focus the owner's colour.
    fileprivate var accentRules: String {
        // If the owner chose only a light colour, it must not be shown on the dark background.
        let dark = accent.dark?.description ?? "#6cb0ff"
        let light = accent.light.map { ":root{--accent:\($0)}" } ?? ""
        return """
            \(light)@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){--accent:\(dark)}}\
            @media screen{:root[data-theme=dark]{--accent:\(dark)}}

            """
    }
}

extension StaticString {
    var bytes: [UInt8] { withUTF8Buffer { Array($0) } }
}

extension Asset {
    var document: Document {
        Document.make(
            bytes,
            Document.Delivery(
                mediaType: mediaType, cacheControl: "public, max-age=31536000, immutable",
                fields: mediaType.hasPrefix("image/svg") ? DocumentKind.openDrawing : DocumentKind.open()),
            previous: nil, now: Self.start)
    }

    /// When this process began to serve them, in seconds since the Unix epoch.
    private static let start = time(nil)
}
