public import ArgumentParser
import ManagementAPI
import Publishing
public import StatusPages
import Storage

struct PagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pages", abstract: "Create, list, show, export, archive and restore status pages.",
        discussion: """
            Works while the server runs, and also while it does not. A running server shows every change within a \
            second. Pages that the configuration declares can only be changed there.
            """,
        subcommands: [Create.self, List.self, Show.self, Export.self, Archive.self, Restore.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a page without components, and print its id.",
            discussion: """
                The page is independent of the configuration, so no reload archives it. The dashboard or the API \
                (PUT /v2/status_page_structures/ID) sets its structure.
                """)

        @Option(help: "The page's name in URLs. It identifies the page.")
        var slug: String

        @Option(help: "The name.")
        var name: String

        @Option(help: "public, customer or internal. The API does not serve internal pages.")
        var kind = StatusPage.Kind.public

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            if case .problem(let rule) = ConfigurationValues.pathSegment(slug) {
                throw ValidationError("--slug \(rule); got \(slug.quoted).")
            }
            if let problem = TextRule.name.problem(name) { throw ValidationError(problem) }
        }

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.write { transaction in
                    try context.publishing.createPage(slug: slug, name: name, kind: kind, in: transaction)
                }
                try Terminal.say("\(page.id)")
                let address = page.publicURL(serverURL: context.publishing.site.serverURL)
                Terminal.note("Created page \(slug.quoted)\(page.kind == .public ? ", \(address)" : "").")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the pages that are not archived, oldest first.",
            discussion: """
                Prints a line for each: id, kind, manager, slug and name. The manager of a page from the \
                configuration is external.
                """)

        @Flag(help: "Print a JSON array.")
        var json = false

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                var list = OutputList(isJSON: json)
                for page in context.publishing.site.pages {
                    try list.add(
                        json: { try ManagementAPI.body(of: page, serverURL: context.publishing.site.serverURL) },
                        text: { PagesCommand.line(of: page) })
                }
                try list.end()
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a page with its components.",
            discussion: "Prints the keys by which other commands name components.")

        @Argument(help: "The slug.")
        var slug: String

        @Flag(help: "Print a JSON object.")
        var json = false

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.anyPage(slug)
                let serverURL = context.publishing.site.serverURL
                if json {
                    let body = try ManagementAPI.body(of: page, serverURL: serverURL)
                    return try Terminal.say(String(decoding: body, as: UTF8.self))
                }
                try Terminal.say(PagesCommand.line(of: page))
                try Terminal.say(page.publicURL(serverURL: serverURL))
                try show(try context.store.read { try $0.declaration(of: page) }.items, indent: "  ")
            }
        }

        private func show(_ items: [PageDeclaration.Item], indent: String) throws {
            func say(_ key: String, _ name: String, _ isHidden: Bool = false) throws {
                try Terminal.say("\(indent)\(key)  \(Terminal.printable(name))\(isHidden ? "  (hidden)" : "")")
            }
            for item in items {
                switch item {
                case .component(let component): try say(component.key, component.name, component.isHidden)
                case .group(let group):
                    try say(group.key, group.name, group.isHidden)
                    try show(group.components.map(PageDeclaration.Item.component), indent: indent + "  ")
                case .subPage(let subPage):
                    try say(subPage.key, subPage.name)
                    try show(subPage.items, indent: indent + "  ")
                }
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Print a page as the configuration would declare it.",
            discussion: """
                Add the output to "pages" in the configuration. If the page has pictures, name their files in "site". \
                The output has "adopt": true if the configuration does not declare the page yet. The next start or \
                reload then takes the page over, and changes nothing else.
                """)

        @Argument(help: "The slug.")
        var slug: String

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.anyPage(slug)
                try Terminal.say(
                    try PageExport(try context.store.read { try $0.declaration(of: page) }).text())
                if page.site.logo != SiteSettings.ByScheme() || page.favicon != nil {
                    Terminal.note("The pictures are not exported: site.logo and site.favicon must name their files.")
                }
            }
        }
    }

    struct Archive: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "archive", abstract: "Archive a page that the configuration does not declare.",
            discussion: "Nobody sees the page any more. Its incidents and maintenances stay in the database.")

        @Argument(help: "The slug.")
        var slug: String

        @Flag(name: .customLong("force"), help: "Archive it even if it has ongoing incidents or maintenances.")
        var isForced = false

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.anyPage(slug)
                try context.write { transaction in
                    try context.publishing.archivePage(page.id, withOngoingEvents: isForced, in: transaction)
                }
                Terminal.note("Archived page \(slug.quoted).")
            }
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore", abstract: "Take a page out of the archive.",
            discussion: """
                The page returns with the components, groups and sub-pages that were archived together with it, and \
                with its incidents and maintenances. A page that the configuration declared returns when the \
                configuration declares it again.
                """)

        @Argument(help: "The slug.")
        var slug: String

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.finding(slug) {
                    try context.write { try context.publishing.restorePage(slug, in: $0) }
                }
                let address = page.publicURL(serverURL: context.publishing.site.serverURL)
                Terminal.note("Restored page \(slug.quoted)\(page.kind == .public ? ", \(address)" : "").")
            }
        }
    }

    private static func line(of page: StatusPage) -> String {
        [
            "\(page.id)", page.kind.rawValue, page.management.manager.rawValue, page.slug,
            Terminal.printable(page.name),
        ].joined(separator: "  ")
    }
}

extension CommandContext {
    /// A page that is not archived. It may be internal.
    fileprivate func anyPage(_ slug: String) throws -> StatusPage {
        let all = publishing.site.pages
        if let page = all.first(where: { $0.slug == slug }) { return page }
        throw Problem(noPage: slug, among: all.map(\.slug))
    }
}

extension StatusPage.Kind: ExpressibleByArgument {}
