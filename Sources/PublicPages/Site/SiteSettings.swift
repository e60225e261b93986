import Glibc

/// How a page looks, and what it links to. All of it is optional.
public struct SiteSettings: Equatable, Sendable {
    public enum Theme: String, CaseIterable, Sendable {
        /// As the reader's device.
        case auto
        case light, dark
    }

    /// One value for each of the two colour schemes.
    public struct Shades<Value: Equatable & Sendable>: Equatable, Sendable {
        public var light: Value?
        public var dark: Value?

        public init(light: Value? = nil, dark: Value? = nil) {
            self.light = light
            self.dark = dark
        }
    }

    /// Whether search engines may list the page.
    public var isIndexed = true
    public var theme = Theme.auto
    /// The colour of links and of what has the focus.
    public var accent = Shades<Colour>()
    /// Paths of picture files.
    public var logo = Shades<String>()
    /// Where the logo leads: an http or https address. Nil for the page itself.
    public var home: String?
    /// An http, https or mailto address.
    public var support: String?
    /// An http, https or mailto address.
    public var privacy: String?
    /// An http, https or mailto address.
    public var terms: String?
    /// The origins that may show the page in a frame.
    public var embedOrigins: [String] = []
    /// The tag of the language for readers whose own is not among `locales`.
    public var locale = "en"
    /// The tags of all languages of the page. Empty for `locale` alone.
    public var locales: [String] = []

    public init() {}
}

/// The addresses of what a page loads. They are paths on the page's own host.
public struct SiteAssets: Equatable, Sendable {
    public var stylePath: String
    public var scriptPath: String
    public var logo: SiteSettings.Shades<String>

    public init(stylePath: String, scriptPath: String, logo: SiteSettings.Shades<String> = .init()) {
        self.stylePath = stylePath
        self.scriptPath = scriptPath
        self.logo = logo
    }
}

/// An opaque colour of sRGB.
public struct Colour: Equatable, Sendable {
    private let red: UInt8
    private let green: UInt8
    private let blue: UInt8

    /// The background of the pages.
    public static let lightPage = Colour(red: 0xFF, green: 0xFF, blue: 0xFF)
    public static let darkPage = Colour(red: 0x0F, green: 0x14, blue: 0x1A)

    private init(red: UInt8, green: UInt8, blue: UInt8) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// - Parameter text: such as `#0a62c9`. Nil for anything else.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 7, digits[0] == UInt8(ascii: "#"),
            digits.dropFirst().allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
            let number = Int(text.dropFirst(), radix: 16)
        else { return nil }
        self.init(red: UInt8(number >> 16), green: UInt8(number >> 8 & 255), blue: UInt8(number & 255))
    }

    /// Such as `#0a62c9`.
    public var hexadecimal: String {
        let digits = String(Int(red) << 16 | Int(green) << 8 | Int(blue), radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// From 1 for no contrast to 21 for black on white (WCAG 2.2, "contrast ratio").
    public func contrast(to other: Colour) -> Double {
        let (one, two) = (luminance + 0.05, other.luminance + 0.05)
        return max(one, two) / min(one, two)
    }

    /// WCAG 2.2, "relative luminance".
    private var luminance: Double {
        func linear(_ part: UInt8) -> Double {
            let share = Double(part) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

extension SiteSettings {
    /// What the style of a page with these settings has behind the common style: the accent.
    public var style: [UInt8] {
        if accent == Shades() { return [] }
        // Without a dark colour of the owner's, the light one must not be shown on the dark background.
        let dark = accent.dark?.hexadecimal ?? "#6cb0ff"
        let light = accent.light.map { ":root{--accent:\($0.hexadecimal)}" } ?? ""
        return Array(
            """
            \(light)@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){--accent:\(dark)}}\
            @media screen{:root[data-theme=dark]{--accent:\(dark)}}

            """.utf8)
    }
}
