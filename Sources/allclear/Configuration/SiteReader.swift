import JSONInput
import StatusPages

/// A file with a picture of a page.
struct PictureFile: Equatable {
    enum Use: Equatable {
        case logo(SiteSettings.Scheme)
        case favicon
    }

    let use: Use
    let path: String
    /// Its place in the configuration.
    let pointer: JSONPointer
}

/// Reads `site`, a page's settings for its site.
struct SiteReader {
    private let reader: JSONReader

    init(_ reader: JSONReader) { self.reader = reader }

    /// The settings without the pictures, and the files with the pictures.
    func read() -> (settings: SiteSettings, pictures: [PictureFile]) {
        defer { reader.refuseUnknownMembers() }
        var site = SiteSettings()
        site.isEnabled = reader.bool("enabled") ?? site.isEnabled
        site.isIndexed = reader.bool("index") ?? site.isIndexed
        site.theme = reader.choice("theme") ?? site.theme
        if let accent = reader.object("accent") {
            site.accent.light = colour("light", of: accent, on: .light)
            site.accent.dark = colour("dark", of: accent, on: .dark)
            accent.refuseUnknownMembers()
        }
        site.home = link("home")
        site.support = link("support")
        site.privacy = link("privacy")
        site.terms = link("terms")
        site.embedOrigins = list("embed_origins", Origin.init, rule: Origin.rule)
        site.languages = languages()
        return (site, logos() + [picture("favicon", of: reader, for: .favicon)].compactMap(\.self))
    }

    private func colour(_ name: String, of reader: JSONReader, on scheme: SiteSettings.Scheme) -> Colour? {
        guard let text = reader.string(name) else { return nil }
        let place = reader.pointer.appending(name)
        guard let colour = Colour(text) else {
            note(place, "must be a colour such as \"#0a62c9\"")
            return nil
        }
        if let rule = SiteSettings.brokenRule(ofAccent: colour, on: scheme) {
            note(place, rule)
            return nil
        }
        return colour
    }

    private func logos() -> [PictureFile] {
        guard let reader = reader.object("logo") else { return [] }
        defer { reader.refuseUnknownMembers() }
        if reader.has("dark"), !reader.has("light") {
            note(reader.pointer, "must have \"light\" if it has \"dark\"")
        }
        return [
            picture("light", of: reader, for: .logo(.light)), picture("dark", of: reader, for: .logo(.dark)),
        ].compactMap(\.self)
    }

    private func picture(_ name: String, of reader: JSONReader, for use: PictureFile.Use) -> PictureFile? {
        guard let path = reader.string(name) else { return nil }
        let place = reader.pointer.appending(name)
        guard !path.isEmpty, !path.utf8.contains(0) else {
            note(place, "must be the path of an SVG, PNG, JPEG or WebP file")
            return nil
        }
        return PictureFile(use: use, path: path, pointer: place)
    }

    private func link(_ name: String) -> LinkTarget? {
        guard let text = reader.string(name) else { return nil }
        let target = LinkTarget(text)
        if target == nil { note(reader.pointer.appending(name), LinkTarget.rule) }
        return target
    }

    private func languages() -> [Language] {
        let chosen: Language? = reader.choice("locale")
        guard reader.has("locales") else { return [chosen ?? .en] }
        let names = Language.allCases.map(\.rawValue).joined(separator: ", ")
        let all = list("locales", Language.init(rawValue:), rule: "must be one of: \(names)")
        let place = reader.pointer.appending("locales")
        if all.isEmpty { note(place, "must have at least one language") }
        guard let first = chosen ?? all.first else { return [.en] }
        if !all.contains(first), !reader.faults.covers(place) {
            note(reader.pointer.appending("locale"), "must be one of the languages in locales")
        }
        return [first] + all.filter { $0 != first }
    }

    /// A list of different texts, each of which `parse` understands.
    private func list<Value: Hashable>(_ name: String, _ parse: (String) -> Value?, rule: String) -> [Value] {
        var seen: Set<Value> = []
        return (reader.strings(name, atMost: 100) ?? []).enumerated().compactMap { index, text in
            let place = reader.pointer.appending(name).appending(index)
            guard let value = parse(text) else {
                note(place, rule)
                return nil
            }
            guard seen.insert(value).inserted else {
                note(place, "must differ from every other element of the list")
                return nil
            }
            return value
        }
    }

    private func note(_ place: JSONPointer, _ rule: String) {
        if !reader.faults.covers(place) { reader.faults.note(JSONFault(.value, place, rule)) }
    }
}

extension Configuration {
    /// Reads the pictures of all pages from their files.
    /// - Returns: every problem with them.
    mutating func readPictures() -> [ConfigurationProblem] {
        guard var pages else { return [] }
        var problems: [ConfigurationProblem] = []
        for index in pages.indices {
            for file in pictures[pages[index].slug] ?? [] {
                do throws(FileContents.Unreadable) {
                    let bytes = try FileContents.read(file.path, atMost: Picture.largest)
                    if let picture = Picture(bytes) {
                        switch file.use {
                        case .logo(let scheme): pages[index].site.logo[scheme] = picture
                        case .favicon: pages[index].favicon = picture
                        }
                    } else {
                        let reason =
                            bytes.count > Picture.largest
                            ? "has more than \(Picture.largest) bytes" : "is not an SVG, PNG, JPEG or WebP picture"
                        problems.append(problem(at: file.pointer, "is \(file.path.quoted), which \(reason)"))
                    }
                } catch {
                    let rule = "is \(file.path.quoted), which cannot be read: \(error)"
                    problems.append(problem(at: file.pointer, rule))
                }
            }
        }
        self.pages = pages
        return problems
    }
}
