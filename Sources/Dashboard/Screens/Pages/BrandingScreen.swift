import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Branding": pictures, colours and links of a page.
enum BrandingScreen {
    private static let path = "\(PageScreen.path)/settings/branding"
    private static let types = "image/png,image/jpeg,image/webp"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(show($0, try $0.page())) })
        router.add(.post, path, .user(as: .manageSettings, save))
        router.add(.get, "\(path)/{picture}", .user(picture))
    }

    /// The pictures of a page, by the names of their fields.
    private enum Use: String, CaseIterable {
        case logo = "logo_light"
        case darkLogo = "logo_dark"
        case favicon

        var title: String {
            switch self {
            case .logo: "Logo"
            case .darkLogo: "Dark logo"
            case .favicon: "Favicon"
            }
        }

        var hint: String {
            let rule = "PNG, JPEG or WebP, at most 256 KiB and \(Picture.longestSide) pixels wide and high."
            switch self {
            case .logo: return "At the top of the page. \(rule)"
            case .darkLogo: return "In the dark theme. Without one, the logo is shown there too."
            case .favicon: return "In the browser's tab. Without one, an icon shows the state."
            }
        }

        func picture(of page: StatusPage) -> Picture? {
            switch self {
            case .logo: page.site.logo.light
            case .darkLogo: page.site.logo.dark
            case .favicon: page.favicon
            }
        }
    }

    private static func show(
        _ visit: Visit, _ page: StatusPage, _ typed: Fields? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let site = page.site
        let fields =
            typed
            ?? Fields(
                URLEncodedForm([
                    URLEncodedForm.Field("accent_light", site.accent.light?.description ?? ""),
                    URLEncodedForm.Field("accent_dark", site.accent.dark?.description ?? ""),
                    URLEncodedForm.Field("theme", site.theme.rawValue),
                    URLEncodedForm.Field("home", site.home?.description ?? ""),
                    URLEncodedForm.Field("support", site.support?.description ?? ""),
                    URLEncodedForm.Field("privacy", site.privacy?.description ?? ""),
                    URLEncodedForm.Field("terms", site.terms?.description ?? ""),
                ]))
        let view = SettingsView(visit: visit, page: page, part: .branding, fields: fields)
        let link = { (name: String, label: String) in
            fields.text(
                name, label, type: .url, isRequired: false,
                attributes: " autocomplete=\"off\" maxlength=\"\(LinkTarget.longest)\"")
        }
        let form: HTML = """
            \(Use.allCases.map { upload($0, page, fields) })\
            \(accent("accent_light", "Accent", .light, fields))\(accent("accent_dark", "Dark accent", .dark, fields))\
            \(fields.radios("theme", "Theme", themes))\
            \(link("home", "Website"))\(link("support", "Support"))\(link("privacy", "Privacy"))\(link("terms", "Terms"))
            """
        return view.response(status, hasFiles: true, form)
    }

    private static let themes = [
        Fields.Option(SiteSettings.Theme.auto.rawValue, "Same as the reader's system"),
        Fields.Option(SiteSettings.Theme.light.rawValue, "Light"),
        Fields.Option(SiteSettings.Theme.dark.rawValue, "Dark"),
    ]

    // MARK: Parts

    private static func upload(_ use: Use, _ page: StatusPage, _ fields: Fields) -> HTML {
        guard let picture = use.picture(of: page) else {
            return fields.file(use.rawValue, use.title, types: types, hint: use.hint)
        }
        let size: HTML = picture.size.map { size in "\(size.width) × \(size.height) pixels" } ?? "a drawing"
        let scheme: HTML = use == .darkLogo ? " dark" : ""
        return """
            \(fields.file(use.rawValue, use.title, types: types, hint: use.hint))\
            <div class="picture\(scheme)"><img src="\(page.dashboardPath)/settings/branding/\(use.rawValue)" \
            alt="The current \(use.title.lowercased())"> <span class="note">\(size)</span></div>
            \(fields.box("remove_\(use.rawValue)", "Remove the \(use.title.lowercased())"))
            """
    }

    /// A colour with its contrast, which decides whether texts in it can be read.
    private static func accent(
        _ name: String, _ label: String, _ scheme: SiteSettings.Scheme, _ fields: Fields
    ) -> HTML {
        let colour = (fields.values[name]).flatMap(Colour.init)
        let contrast = colour.map { colour in
            let tenths = Int(colour.contrast(with: scheme.background) * 10)
            return " Its contrast with the background is \(tenths / 10).\(tenths % 10) : 1."
        }
        let swatch: HTML =
            colour.map { colour in
                """
                <svg class="swatch" viewBox="0 0 64 20" aria-hidden="true">\
                <rect width="64" height="20" fill="\(scheme.background.description)"></rect>\
                <text x="32" y="15" text-anchor="middle" fill="\(colour.description)">Link</text></svg>

                """
            } ?? ""
        let hint = """
            The colour of links, such as #0a62c9. It needs a contrast of \(Colour.leastTextContrast) : 1.\(contrast ?? "") \
            If empty, links have the default colour.
            """
        return """
            \(fields.text(
                name, label, hint: hint, isRequired: false,
                attributes: " autocomplete=\"off\" spellcheck=\"false\" maxlength=\"7\""))\(swatch)
            """
    }

    // MARK: Actions

    private static func picture(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        guard let name = visit.parameters.dropFirst().first, let picture = Use(rawValue: name)?.picture(of: page) else {
            throw NotFound("picture")
        }
        return .respond(Response(.ok, fields: [.contentType: picture.format.mediaType], body: picture.bytes))
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let form = visit.form
        var draft = PageSettingsDraft()
        draft.logo.light = change(.logo, visit)
        draft.logo.dark = change(.darkLogo, visit)
        draft.favicon = change(.favicon, visit)
        draft.accent.light = form["accent_light"].map { _ in form.trimmed("accent_light") }
        draft.accent.dark = form["accent_dark"].map { _ in form.trimmed("accent_dark") }
        draft.theme = form["theme"].flatMap(SiteSettings.Theme.init)
        draft.home = form["home"].map { _ in form.trimmed("home") }
        draft.support = form["support"].map { _ in form.trimmed("support") }
        draft.privacy = form["privacy"].map { _ in form.trimmed("privacy") }
        draft.terms = form["terms"].map { _ in form.trimmed("terms") }
        return SettingsChange.save(visit, page, to: "\(page.dashboardPath)/settings/branding", draft) { faults in
            show(visit, page, Fields(form, faults: faults), status: .unprocessableContent)
        }
    }

    /// A new file overrides the box that removes the old one.
    private static func change(_ use: Use, _ visit: Visit) -> PageSettingsDraft.PictureChange? {
        if let bytes = visit.files[use.rawValue] { return .replace(bytes) }
        return visit.form["remove_\(use.rawValue)"] == "on" ? .remove : nil
    }
}
