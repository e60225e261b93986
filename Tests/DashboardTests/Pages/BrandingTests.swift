import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Testing

@testable import Dashboard

@Suite("Branding of pages")
struct BrandingTests {
    private static let path = "/dashboard/pages/made/settings/branding"

    /// The beginning of a PNG.
    private static func png(width: UInt16 = 32, height: UInt16 = 16, more: Int = 0) -> [UInt8] {
        func bytes(_ number: UInt16) -> [UInt8] { [0, 0, UInt8(number >> 8), UInt8(number & 0xFF)] }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + bytes(width)
            + bytes(height) + [8, 6, 0, 0, 0] + [UInt8](repeating: 0, count: more)
    }

    @Test("Pictures, colours and links are saved together, shown, and removed")
    func whole() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let fields = [
            ("accent_light", "#0a62c9"), ("accent_dark", ""), ("theme", "dark"), ("home", "https://made.example/"),
            ("support", ""), ("privacy", ""), ("terms", ""),
        ]
        let saved = try browser.upload(
            Self.path, fields, files: ["logo_light": Self.png(), "favicon": Self.png(more: 9)])
        #expect(saved.location == "\(Self.path)?done=saved")
        let page = try test.page("made")
        #expect(page.site.logo.light?.bytes == Self.png())
        #expect(page.favicon?.bytes == Self.png(more: 9))
        #expect(page.site.accent.light == Colour("#0a62c9"))
        #expect(page.site.theme == .dark)
        #expect(page.site.home == LinkTarget("https://made.example/"))
        let shown = try browser.get(Self.path)
        #expect(shown.html.contains("src=\"\(Self.path)/logo_light\""))
        #expect(shown.html.contains("32 × 16 pixels"))
        #expect(shown.html.contains("Its contrast with the background is 5.8 : 1."))
        let picture = try browser.get("\(Self.path)/logo_light")
        #expect(picture.fields[.contentType] == "image/png")
        #expect(try browser.get("\(Self.path)/logo_dark").status == 404)
        let removed = try browser.upload(Self.path, fields + [("remove_favicon", "on")], files: [:])
        #expect(removed.status == 303)
        #expect(try test.page("made").favicon == nil)
        #expect(try test.page("made").site.logo.light != nil)
    }

    @Test(
        "Other files are rejected at their field, and change nothing",
        arguments: [
            (png(more: Picture.largest), "The picture must have at most 262144 bytes; got 262173."),
            (
                Array("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8),
                "The picture must be a PNG, JPEG or WebP file."
            ),
            (Array("GIF89a".utf8), "The picture must be a PNG, JPEG or WebP file."),
            (png(width: 2_001), "The picture must be at most 2000 pixels wide and high; it is 2001 x 16 pixels."),
            (Array(png().prefix(12)), "The picture is damaged: its size cannot be read."),
        ])
    func wrongFiles(bytes: [UInt8], fault: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let before = try test.page("made")
        let page = try browser.upload(Self.path, [("theme", "dark")], files: ["logo_light": bytes])
        #expect(page.status == 422)
        #expect(page.faults == [fault])
        #expect(page.html.contains("id=\"logo_light-error\""))
        #expect(try test.page("made") == before)
    }

    @Test("An accent with too little contrast is rejected, and the error has its contrast")
    func contrast() throws {
        let test = try TestDashboard()
        let page = try test.browser(.editor).post(Self.path, ["accent_light": "#ffff00", "theme": "auto"])
        #expect(page.status == 422)
        #expect(page.faults.first?.contains("must have a contrast of at least 4.5 : 1") == true)
        #expect(page.html.contains("Its contrast with the background is 1.0 : 1."))
    }
}
