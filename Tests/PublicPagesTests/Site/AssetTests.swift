import Foundation
import HTTPTypes
import StatusPages
import Testing

@testable import HTTPServer
@testable import PublicPages

@Suite("Assets of the pages")
struct AssetTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Sources/PublicPages/Site/Assets").standardizedFileURL

    @Test("The embedded bytes are those of the files")
    func bytes() throws {
        let assets = SiteAssets(SiteSettings())
        #expect(assets.style.bytes == Array(try Data(contentsOf: Self.folder.appending(path: "page.css"))))
        #expect(assets.script.bytes == Array(try Data(contentsOf: Self.folder.appending(path: "page.js"))))
        #expect(assets.all.count == 2)
    }

    @Test("An address has a hash of the content")
    func addresses() throws {
        let assets = SiteAssets(SiteSettings())
        #expect(assets.style.path.wholeMatch(of: /\/assets\/page\.[0-9a-f]{12}\.css/) != nil)
        #expect(assets.script.path.wholeMatch(of: /\/assets\/page\.[0-9a-f]{12}\.js/) != nil)
        // The first digits of the SHA-256 of "<svg>".
        let logo = Asset.logo(try #require(Picture(Array("<svg>".utf8))))
        #expect(logo.path == "/assets/logo.880485a05a51.svg")
        #expect(logo.mediaType == "image/svg+xml")
    }

    @Test("Caches may keep an asset forever, and a drawing cannot run scripts")
    func fields() throws {
        let logo = Asset.logo(try #require(Picture(Array("<svg>".utf8))))
        for (asset, policy) in [
            (Asset.script, "default-src 'none'; frame-ancestors 'none'"),
            (logo, "default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'; sandbox"),
        ] {
            let fields = asset.document.identity.ok.response.head.headerFields
            #expect(fields[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(fields[.contentSecurityPolicy] == policy)
            #expect(fields[.accessControlAllowOrigin] == "*")
            #expect(fields[.xContentTypeOptions] == "nosniff")
        }
    }

    @Test("An accent is part of the style, so it changes the address")
    func accent() throws {
        var settings = SiteSettings()
        settings.accent.light = Colour("#8a1c7c")
        let assets = SiteAssets(settings)
        let text = String(decoding: assets.style.bytes, as: UTF8.self)
        #expect(text.contains("}\n:root{--accent:#8a1c7c}@media screen"))
        #expect(text.ranges(of: "{--accent:#6cb0ff}").count == 2)
        #expect(assets.style.path != SiteAssets(SiteSettings()).style.path)
        settings.accent.dark = Colour("#ffa0ff")
        let both = String(decoding: SiteAssets(settings).style.bytes, as: UTF8.self)
        #expect(both.ranges(of: "{--accent:#ffa0ff}").count == 2)
    }
}
