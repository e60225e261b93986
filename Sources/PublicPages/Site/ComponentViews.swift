import Markup
import StatusPages

/// The list of components on the front page.
extension SitePage {
    func writeComponents(_ bars: [ULID: UptimeBar], to html: inout HTML) {
        guard scope.items.contains(where: ComponentsWriter.isShown) else { return }
        html += "<section id=\"components\">\n<h2>\(texts.components)</h2>\n"
        writeItems(bars, to: &html)
        html += "</section>\n"
    }

    /// The list alone, without a heading.
    func writeItems(_ bars: [ULID: UptimeBar], to html: inout HTML) {
        let writer = ComponentsWriter(page: self, bars: bars)
        html += "<ul class=\"items\">\n"
        for item in scope.items { writer.write(item, to: &html) }
        html += "</ul>\n"
    }
}

private struct ComponentsWriter {
    private let page: SitePage
    private let bars: [ULID: UptimeBar]
    private let writer: UptimeWriter
    private let mode: StatusPage.DisplayUptimeMode

    init(page: SitePage, bars: [ULID: UptimeBar]) {
        self.page = page
        self.bars = bars
        mode = page.scope.page.displayUptimeMode
        writer = UptimeWriter(
            page.texts, showsPercentage: mode == .chartAndPercentage, today: bars.values.first?.days.last?.day)
    }

    /// Whether an item is visible. A group must also have a visible component.
    static func isShown(_ item: Structure.Item) -> Bool {
        switch item {
        case .component(let placed): !placed.isHidden
        case .group(let group): !group.isHidden && group.components.contains { !$0.isHidden }
        case .subPage: true
        }
    }

    func write(_ item: Structure.Item, to html: inout HTML) {
        guard Self.isShown(item) else { return }
        switch item {
        case .component(let placed): write(placed, to: &html)
        case .group(let group): write(group, to: &html)
        case .subPage(let subPage): write(subPage, to: &html)
        }
    }

    private func write(_ placed: Structure.PlacedComponent, to html: inout HTML) {
        let component = placed.component
        let status = page.state.status(of: component.id)
        html += """
            <li data-component="\(component.id.description)" data-status="\(status.rawValue)">\
            <div class="row"><span class="name" dir="auto">\(component.name)</span> \
            \(HTML.status(page.texts.word(status)))</div>
            """
        write(component.description, to: &html)
        if placed.displayUptime { writeBar(of: component.id.ulid, component.name, to: &html) }
        html += "</li>\n"
    }

    private func write(_ group: Structure.Group, to html: inout HTML) {
        let visible = group.components.filter { !$0.isHidden }
        let status = visible.lazy.map { page.state.status(of: $0.component.id) }.max() ?? .operational
        html += """
            <li data-group="\(group.id.description)" data-status="\(status.rawValue)">\
            <div class="row"><h3 dir="auto">\(group.name)</h3> \(HTML.status(page.texts.word(status)))</div>
            """
        write(group.description, to: &html)
        if group.displayAggregatedUptime { writeBar(of: group.id.ulid, group.name, to: &html) }
        let mark: HTML = status == .operational ? "" : " open"
        html += "<details class=\"members\"\(mark)><summary>\(page.texts.componentCount(visible.count))</summary>"
        html += "<ul class=\"items\">\n"
        for placed in visible { write(placed, to: &html) }
        html += "</ul></details></li>\n"
    }

    private func write(_ subPage: Structure.SubPage, to html: inout HTML) {
        let components = page.scope.visible.lazy.filter { $0.subPageID == subPage.id }
        let status = components.map { page.state.status(of: $0.component.id) }.max() ?? .operational
        html += """
            <li data-sub-page="\(subPage.id.description)" data-status="\(status.rawValue)"><div class="row">\
            <span class="name"><a href="\(page.link(toSubPage: subPage.key))" dir="auto">\(subPage.name)</a></span> \
            \(HTML.status(page.texts.word(status)))</div></li>

            """
    }

    private func write(_ description: String?, to html: inout HTML) {
        guard let description, !description.isEmpty else { return }
        html += "<p class=\"note\" dir=\"auto\">\(description)</p>"
    }

    private func writeBar(of id: ULID, _ name: String, to html: inout HTML) {
        guard mode != .nothing, let bar = bars[id] else { return }
        writer.write(bar, of: id, name, to: &html)
    }
}
