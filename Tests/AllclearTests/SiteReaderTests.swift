import Foundation
import StatusPages
import TestSupport
import Testing

@testable import allclear

@Suite("Reading a page's settings for its site")
struct SiteReaderTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func load(
        _ site: String
    ) throws -> (site: SiteSettings?, favicon: Picture?, problems: [ConfigurationProblem]) {
        let file = try directory.write(
            #"{"database": "\#(directory.file("a.db"))", "pages": [{"slug": "main", "name": "Main", "site": \#(site)}]}"#,
            to: "config.json")
        do throws(InvalidConfiguration) {
            let (configuration, _) = try ConfigurationLoader(file: file, environment: [:]).loadToServe()
            let page = configuration.pages?.first
            return (page?.site, page?.favicon, [])
        } catch {
            return (nil, nil, error.problems)
        }
    }

    @Test("A page without settings has the defaults")
    func defaults() throws {
        let site = try #require(try load("{}").site)
        #expect(site == SiteSettings())
        #expect(site.isEnabled && site.isIndexed && site.theme == .auto && site.languages == [.en])
    }

    @Test("All settings are read, and the logos from their files")
    func everything() throws {
        let light = try directory.write("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", to: "light.svg")
        let dark = try directory.write("<svg id=\"dark\"/>", to: "dark.svg")
        let site = try #require(
            try load(
                """
                {"enabled": false, "index": false, "theme": "dark", "accent": {"light": "#0a62c9", "dark": "#6CB0FF"},
                 "logo": {"light": "\(light)", "dark": "\(dark)"}, "home": "https://acme.example",
                 "support": "mailto:help@acme.example", "privacy": "https://acme.example/privacy",
                 "terms": "http://acme.example/terms", "embed_origins": ["https://acme.example", "https://*.acme.example"],
                 "locale": "de", "locales": ["en", "de", "pt-BR"]}
                """
            ).site)
        var expected = SiteSettings()
        expected.isEnabled = false
        expected.isIndexed = false
        expected.theme = .dark
        expected.accent = .init(light: Colour("#0a62c9"), dark: Colour("#6cb0ff"))
        expected.logo = .init(
            light: Picture(Array("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8)),
            dark: Picture(Array("<svg id=\"dark\"/>".utf8)))
        expected.home = LinkTarget("https://acme.example")
        expected.support = LinkTarget("mailto:help@acme.example")
        expected.privacy = LinkTarget("https://acme.example/privacy")
        expected.terms = LinkTarget("http://acme.example/terms")
        expected.embedOrigins = ["https://acme.example", "https://*.acme.example"].compactMap(Origin.init)
        expected.languages = [.de, .en, .ptBR]
        #expect(site == expected)
    }

    @Test(
        "The default language is locale, else the first of locales, else English",
        arguments: [
            ("{}", [.en]), (#"{"locale": "ja"}"#, [.ja]), (#"{"locales": ["fr", "en"]}"#, [.fr, .en]),
            (#"{"locale": "en", "locales": ["fr", "en", "es"]}"#, [.en, .fr, .es]),
        ] as [(String, [Language])])
    func languages(site: String, languages: [Language]) throws {
        #expect(try load(site).site?.languages == languages)
    }

    @Test(
        "Every invalid setting is reported with its place",
        arguments: [
            (#""dark""#, ""), (#"{"enabled": 1}"#, "/enabled"), (#"{"index": "no"}"#, "/index"),
            (#"{"theme": "blue"}"#, "/theme"), (##"{"accent": "#000000"}"##, "/accent"),
            (#"{"accent": {"light": "black"}}"#, "/accent/light"),
            (##"{"accent": {"light": "#6cb0ff"}}"##, "/accent/light"),
            (##"{"accent": {"dark": "#0a62c9"}}"##, "/accent/dark"),
            (##"{"accent": {"night": "#000000"}}"##, "/accent/night"),
            (#"{"logo": "a.svg"}"#, "/logo"), (#"{"logo": {"light": ""}}"#, "/logo/light"),
            (#"{"logo": {"light": "/none/a.svg"}}"#, "/logo/light"),
            (#"{"logo": {"light": "/dev/zero"}}"#, "/logo/light"),
            (#"{"favicon": ""}"#, "/favicon"), (#"{"favicon": {"light": "a.png"}}"#, "/favicon"),
            (#"{"favicon": "/none/a.png"}"#, "/favicon"), (#"{"favicon": "/dev/null"}"#, "/favicon"),
            (#"{"logo": {"light": "/dev/null"}}"#, "/logo/light"), (#"{"home": "acme.example"}"#, "/home"),
            (#"{"support": "javascript:alert(1)"}"#, "/support"), (#"{"privacy": 5}"#, "/privacy"),
            (#"{"terms": ""}"#, "/terms"), (#"{"embed_origins": "https://acme.example"}"#, "/embed_origins"),
            (#"{"embed_origins": ["https://acme.example/"]}"#, "/embed_origins/0"),
            (#"{"embed_origins": ["https://a.example", "https://A.example"]}"#, "/embed_origins/1"),
            (#"{"locale": "nl"}"#, "/locale"), (#"{"locale": "pt"}"#, "/locale"), (#"{"locales": []}"#, "/locales"),
            (#"{"locales": ["en", "xx"]}"#, "/locales/1"), (#"{"locales": ["en", "en"]}"#, "/locales/1"),
            (#"{"locale": "de", "locales": ["en"]}"#, "/locale"), (#"{"css": "body {}"}"#, "/css"),
        ])
    func invalid(site: String, place: String) throws {
        #expect(try load(site).problems.map(\.place) == ["/pages/0/site\(place)"])
    }

    @Test("The favicon is read from its file")
    func favicon() throws {
        let file = try directory.write("<svg id=\"icon\"/>", to: "icon.svg")
        let loaded = try load(#"{"favicon": "\#(file)"}"#)
        #expect(loaded.favicon == Picture(Array("<svg id=\"icon\"/>".utf8)))
        #expect(loaded.site == SiteSettings())
        #expect(try load("{}").favicon == nil)
    }

    @Test("A dark logo needs a light one")
    func darkLogo() throws {
        let file = try directory.write("<svg/>", to: "dark.svg")
        #expect(try load(#"{"logo": {"dark": "\#(file)"}}"#).problems.map(\.place) == ["/pages/0/site/logo"])
    }

    @Test("Problems name the value, and what would be valid")
    func messages() throws {
        let text = try directory.write("Hello", to: "logo.svg")
        let (_, _, problems) = try load(
            ##"{"accent": {"light": "#ff8800"}, "locale": "de", "locales": ["en"], "logo": {"light": "\##(text)", "dark": "/dev/zero"}}"##
        )
        let file = directory.file("config.json")
        #expect(
            problems.map(\.message) == [
                """
                site.accent.light must have a contrast of at least 4.5 : 1 with the background #ffffff, not 2.39 : 1; \
                got "#ff8800" (\(file):1, /pages/0/site/accent/light, page "main")
                """,
                """
                site.locale must be one of the languages in locales; got "de" (\(file):1, /pages/0/site/locale, page "main")
                """,
                """
                site.logo.light is "\(text)", which is not an SVG, PNG, JPEG or WebP picture (\(file):1, \
                /pages/0/site/logo/light, page "main")
                """,
                """
                site.logo.dark is "/dev/zero", which has more than 262144 bytes (\(file):1, \
                /pages/0/site/logo/dark, page "main")
                """,
            ])
    }

    @Test("Commands that serve no pages do not need the logos")
    func withoutLogos() throws {
        let file = try directory.write(
            #"{"pages": [{"slug": "main", "name": "Main", "site": {"logo": {"light": "/none/a.svg"}}}]}"#, to: "a.json")
        #expect(try ConfigurationLoader(file: file, environment: [:]).load().pages?.count == 1)
    }
}
