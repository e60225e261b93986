public import Markup
public import StatusPages

extension PublicPages {
    /// The components of a page and of its sub-pages as readers would see them with another structure, in the default
    /// language of the page. Uptime is left out.
    /// - Parameter state: the current one.
    public static func preview(_ structure: Structure, in state: PageState) -> [(name: String, html: HTML)] {
        var page = state.page
        page.structure = structure
        let changed = PageState(
            page: page, url: state.url, createdAt: state.createdAt, incidents: state.incidents,
            maintenances: state.maintenances)
        return changed.scopes.map { scope in
            let site = SitePage(
                ScopeState(changed, scope), assets: SiteAssets(page.site),
                texts: Texts.of(page.site.defaultLanguage), base: state.url, version: nil)
            var html = HTML()
            site.writeItems([:], to: &html)
            return (scope.name, html)
        }
    }
}
