import Markup

/// HTML with a script for other websites. It shows a banner while something is going on.
enum BannerSnippet {
    /// - Parameters:
    ///   - widget: the address of the widget.
    ///   - hasLinks: whether the events have pages that readers can open.
    ///   - seconds: how often it reads the widget.
    static func text(widget: String, hasLinks: Bool, seconds: Int) -> String {
        let element: HTML = hasLinks ? "a" : "span"
        // The address is in an attribute, where its characters are escaped, and not in the script.
        let snippet: HTML = """
            <div id="allclear-banner" data-widget="\(widget)" role="status" hidden
              style="padding: 12px 16px; background: #8a6100; color: #fff; font: 16px/1.4 sans-serif"></div>
            <script>
            (() => {
              const banner = document.getElementById('allclear-banner')
              const colours = { partial_outage: '#b84c00', full_outage: '#c5202c' }
              const update = async () => {
                try {
                  const response = await fetch(banner.dataset.widget, { cache: 'no-cache' })
                  if (!response.ok) return
                  const widget = await response.json()
                  const events = [...widget.ongoing_incidents, ...widget.in_progress_maintenances]
                  const first = events[0]
                  banner.hidden = !first
                  if (!first) return
                  const name = document.createElement('\(element)')
                  if ('href' in name) name.href = first.url
                  name.style.color = 'inherit'
                  name.textContent = first.name
                  const more = events.length > 1 ? ` and ${events.length - 1} more` : ''
                  banner.replaceChildren(name, `: ${first.status.replaceAll('_', ' ')}${more}`)
                  const isMaintenance = first.current_worst_impact === undefined
                  banner.style.background = isMaintenance ? '#0a62c9' : colours[first.current_worst_impact] ?? '#8a6100'
                } catch {
                  // The network fails: keep what is shown, and try again.
                }
              }
              update()
              setInterval(update, \(seconds * 1_000))
            })()
            </script>
            """
        return snippet.text
    }
}
