public import Markup
public import StatusPages

extension PublicPages {
    /// An event as its page lists it, in the default language of the page, for people who look at it before it is
    /// published. It has no links, because they would lead nowhere yet.
    /// - Parameter serverURL: without a trailing slash.
    public static func preview(_ event: PageEvent, on page: StatusPage, serverURL: String) -> HTML {
        let url = page.publicURL(serverURL: serverURL)
        let state = PageState(page: page, url: url, createdAt: event.beganAt)
        let site = SitePage(
            ScopeState(state, PageScope(page, pageURL: url)), assets: SiteAssets(page.site),
            texts: Texts.of(page.site.defaultLanguage), base: "", version: nil)
        var html = HTML()
        site.write(SiteEvent(event, site.components, site.texts), .current, isLinked: false, to: &html)
        return html
    }
}
