import Markup
import StatusPages

/// The parts that all pages have: the head, the header and the footer.
struct SiteDocument {
    /// Nil for the page with status 404.
    var place: SitePage.Place?
    /// Without the page's name, which follows it.
    var title: String
    var description: String
    /// Nil for pages that are not about one event.
    var event: SiteEvent?
    /// Whether the address is secret, or the page answers a form. Such a page names no address for search engines and
    /// previews.
    var isPrivate = false
    /// Whether the page has the script, which keeps it up to date.
    var isLive = true
    /// The approximate size in bytes, if the page is large.
    var size = 0
}

extension SitePage {
    /// - Parameter write: writes the contents of `<main>`.
    func document(_ document: SiteDocument, _ write: (inout HTML) -> Void) -> HTML {
        var html = HTML()
        html.reserveCapacity(document.size)
        html += "<!DOCTYPE html>\n<html lang=\"\(texts.locale)\" data-page=\"\(scope.id.description)\""
        if let version { html += " data-version=\"\(version)\"" }
        if settings.theme != .auto { html += " data-theme=\"\(settings.theme.rawValue)\"" }
        html += ">\n"
        html += head(document)
        html += "<body>\n<a class=\"skip\" href=\"#main\">\(texts.skipToContent)</a>\n"
        html += header(at: document.place)
        html += "<main id=\"main\" tabindex=\"-1\">\n"
        write(&html)
        html += "</main>\n"
        html += footer(at: document.place)
        html += "</body>\n</html>\n"
        return html
    }

    // MARK: Head

    private func head(_ document: SiteDocument) -> HTML {
        let title = "\(document.title) – \(scope.name)"
        var html: HTML = """
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <meta name="description" content="\(document.description)">
            \(colours)
            """
        if !settings.isIndexed || document.place == nil || document.isPrivate {
            html += "<meta name=\"robots\" content=\"noindex\">\n"
        }
        if let place = document.place, !document.isPrivate {
            html += """
                <link rel="canonical" href="\(url: canonical(place))">
                <meta property="og:title" content="\(title)">
                <meta property="og:description" content="\(document.description)">
                <meta property="og:url" content="\(url: canonical(place))">
                <meta property="og:site_name" content="\(scope.name)">
                <meta name="twitter:card" content="summary">

                """
            html += kind(of: document.event)
            if languages.count > 1 {
                for language in languages {
                    html += """
                        <link rel="alternate" hreflang="\(language.locale)" href="\(link(place, in: language))">

                        """
                }
            }
        }
        // Pages of the kind `customer` are not served. Only the pages behind links in emails have their look.
        if scope.page.hasSite {
            html += icon
            html += alternates
        }
        html += "<link rel=\"stylesheet\" href=\"\(assets.style.path)\">\n"
        if document.isLive {
            html += "<script defer src=\"\(assets.script.path)\""
            if version != nil { html += " data-stream=\"\(path("/api/v1/stream"))\"" }
            html += "></script>\n"
        }
        html += "</head>\n"
        return html
    }

    private var icon: HTML {
        guard let icon = assets.icon else {
            return """
                <link rel="icon" type="image/svg+xml" href="\(path("/favicon.svg"))?\(state.overall.rawValue)">

                """
        }
        return """
            <link rel="icon" type="\(icon.mediaType)" href="\(icon.path)">

            """
    }

    private var alternates: HTML {
        """
        <link rel="alternate" type="application/rss+xml" title="RSS" href="\(path("/feed.rss"))">
        <link rel="alternate" type="application/atom+xml" title="Atom" href="\(path("/feed.atom"))">
        <link rel="alternate" type="application/feed+json" title="JSON Feed" href="\(path("/feed.json"))">
        <link rel="alternate" type="text/calendar" title="\(texts.scheduledMaintenance)" \
        href="\(path("/maintenances.ics"))">

        """
    }

    private var colours: HTML {
        let light = SiteSettings.Scheme.light.background.description
        let dark = SiteSettings.Scheme.dark.background.description
        return switch settings.theme {
        case .auto:
            """
            <meta name="color-scheme" content="light dark">
            <meta name="theme-color" media="(prefers-color-scheme: light)" content="\(light)">
            <meta name="theme-color" media="(prefers-color-scheme: dark)" content="\(dark)">

            """
        case .light:
            "<meta name=\"color-scheme\" content=\"light\">\n<meta name=\"theme-color\" content=\"\(light)\">\n"
        case .dark:
            "<meta name=\"color-scheme\" content=\"dark\">\n<meta name=\"theme-color\" content=\"\(dark)\">\n"
        }
    }

    private func kind(of event: SiteEvent?) -> HTML {
        guard let event else { return "<meta property=\"og:type\" content=\"website\">\n" }
        return """
            <meta property="og:type" content="article">
            <meta property="article:published_time" content="\(event.publishedAt.rfc3339)">
            <meta property="article:modified_time" content="\(event.changedAt.rfc3339)">

            """
    }

    // MARK: Header and footer

    private func header(at place: Place?) -> HTML {
        func item(_ target: Place, _ text: String) -> HTML {
            let mark: HTML = place?.path == target.path ? " aria-current=\"page\"" : ""
            return "<a href=\"\(link(target))\"\(mark)>\(text)</a>"
        }
        guard scope.page.hasSite else { return "<header>\n\(owner)</header>\n" }
        return """
            <header>
            \(owner)<nav aria-label="\(texts.navigation)">\(item(.front, texts.status)) \
            \(item(.history, texts.history.history))</nav>
            <details class="menu"><summary>\(texts.subscription.subscribe)</summary><div>\(subscriptionMenu)</div></details>
            </header>

            """
    }

    /// The logo, or the name of the owner's main website; empty if neither is configured.
    private var owner: HTML {
        guard let light = assets.logo.light?.path else {
            return settings.home.map {
                "<a class=\"home\" href=\"\(url: $0.description)\">\(String($0.shortName))</a>\n"
            } ?? HTML()
        }
        let dark = assets.logo.dark?.path ?? light
        let picture: HTML =
            switch settings.theme {
            case .auto where dark != light:
                """
                <picture><source media="(prefers-color-scheme: dark)" srcset="\(dark)">\
                <img src="\(light)" alt="\(scope.page.name)"></picture>
                """
            case .auto, .light: "<img src=\"\(light)\" alt=\"\(scope.page.name)\">"
            case .dark: "<img src=\"\(dark)\" alt=\"\(scope.page.name)\">"
            }
        guard let home = settings.home else { return "<a href=\"\(link(toSubPage: nil))\">\(picture)</a>\n" }
        return "<a href=\"\(url: home.description)\">\(picture)</a>\n"
    }

    private func footer(at place: Place?) -> HTML {
        let links: [(LinkTarget?, String)] = [
            (settings.support, texts.support), (settings.privacy, texts.privacy), (settings.terms, texts.terms),
        ]
        var html: HTML = "<footer>"
        let given = links.compactMap { address, text in
            address.map { "<li><a href=\"\(url: $0.description)\">\(text)</a></li>" as HTML }
        }
        if !given.isEmpty { html += "<ul>\(given)</ul>\n" }
        if let place, languages.count > 1 {
            html += "<ul aria-label=\"\(texts.languages)\">\(languages.map { item($0, at: place) })</ul>\n"
        }
        html += "</footer>\n"
        return html
    }

    private func item(_ language: Texts, at place: Place) -> HTML {
        let mark: HTML = language.locale == texts.locale ? " aria-current=\"true\"" : ""
        return """
            <li><a href="\(link(place, in: language))" hreflang="\(language.locale)" lang="\(language.locale)"\(mark)>\
            \(language.languageName)</a></li>
            """
    }
}
