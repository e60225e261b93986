import Foundation
import GRDB
import StatusPages

/// The columns of `pages` for `SiteSettings`. Logos are in a separate table.
enum SiteColumns {
    private static let all = [
        "site", "site_index", "theme", "accent_light", "accent_dark", "home_url", "support_url", "privacy_url",
        "terms_url", "embed_origins", "languages",
    ]

    static let count = all.count
    static let names = all.joined(separator: ", ")
    fileprivate static let assignments = all.map { "\($0) = ?" }.joined(separator: ", ")

    /// - Parameter first: the index of the first of the columns in the row.
    static func read(_ row: Row, from first: Int) throws -> SiteSettings {
        var site = SiteSettings()
        site.isEnabled = try row.value(first)
        site.isIndexed = try row.value(first + 1)
        site.theme = try row.choice(first + 2)
        site.accent.light = try row.parsed(first + 3, Colour.init)
        site.accent.dark = try row.parsed(first + 4, Colour.init)
        site.home = try row.parsed(first + 5, LinkTarget.init)
        site.support = try row.parsed(first + 6, LinkTarget.init)
        site.privacy = try row.parsed(first + 7, LinkTarget.init)
        site.terms = try row.parsed(first + 8, LinkTarget.init)
        site.embedOrigins = try row.list(first + 9, Origin.init)
        site.languages = try row.list(first + 10, Language.init(rawValue:))
        return site
    }
}

extension ReadTransaction {
    func logo(of page: ID<StatusPage>) throws -> SiteSettings.ByScheme<Picture> {
        let pictures = try db.query("SELECT scheme, bytes FROM page_logos WHERE page_id = ?", [page.description]) {
            row in
            let scheme: SiteSettings.Scheme = try row.choice(0)
            guard let picture = Picture(Array(try row.value(1) as Data)) else {
                throw StorageError.inconsistent(reason: "the \(scheme) logo of page \(page) is not a picture")
            }
            return (scheme, picture)
        }
        var logo = SiteSettings.ByScheme<Picture>()
        for (scheme, picture) in pictures { logo[scheme] = picture }
        return logo
    }

    func favicon(of page: ID<StatusPage>) throws -> Picture? {
        try db.query("SELECT bytes FROM page_favicons WHERE page_id = ?", [page.description]) { row in
            guard let picture = Picture(Array(try row.value(0) as Data)) else {
                throw StorageError.inconsistent(reason: "the icon of page \(page) is not a picture")
            }
            return picture
        }.first
    }
}

extension Database {
    /// Stores the icon of a page. Nil removes it.
    func saveFavicon(_ picture: Picture?, of page: String) throws {
        guard let picture else { return try run("DELETE FROM page_favicons WHERE page_id = ?", [page]) }
        try run(
            """
            INSERT INTO page_favicons (page_id, bytes) VALUES (?, ?)
            ON CONFLICT (page_id) DO UPDATE SET bytes = excluded.bytes WHERE bytes <> excluded.bytes
            """, [page, Data(picture.bytes)])
    }

    /// Stores the settings of an existing page. An unchanged logo is not written again.
    func saveSite(_ site: SiteSettings, of page: String) throws {
        try run(
            "UPDATE pages SET \(SiteColumns.assignments) WHERE id = ?",
            [
                site.isEnabled, site.isIndexed, site.theme.rawValue, site.accent.light?.description,
                site.accent.dark?.description, site.home?.description, site.support?.description,
                site.privacy?.description, site.terms?.description,
                site.embedOrigins.map(\.description).joined(separator: " "),
                site.languages.map(\.rawValue).joined(separator: " "), page,
            ])
        for scheme in SiteSettings.Scheme.allCases {
            guard let picture = site.logo[scheme] else {
                try run("DELETE FROM page_logos WHERE page_id = ? AND scheme = ?", [page, scheme.rawValue])
                continue
            }
            try run(
                """
                INSERT INTO page_logos (page_id, scheme, bytes) VALUES (?, ?, ?)
                ON CONFLICT (page_id, scheme) DO UPDATE SET bytes = excluded.bytes WHERE bytes <> excluded.bytes
                """, [page, scheme.rawValue, Data(picture.bytes)])
        }
    }
}

extension Row {
    /// A nullable text that `parse` understands.
    func parsed<Value>(_ index: Int, _ parse: (String) -> Value?) throws -> Value? {
        let text: String? = try optional(index)
        return try text.map { try Self.parse($0, parse) }
    }

    /// Texts separated by spaces, each of which `parse` understands.
    fileprivate func list<Value>(_ index: Int, _ parse: (String) -> Value?) throws -> [Value] {
        let text: String = try value(index)
        return try text.split(separator: " ").map { try Self.parse(String($0), parse) }
    }

    private static func parse<Value>(_ text: String, _ parse: (String) -> Value?) throws -> Value {
        guard let value = parse(text) else {
            throw StorageError.inconsistent(reason: "\(text.debugDescription) is not a valid \(Value.self)")
        }
        return value
    }
}
