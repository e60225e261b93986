import StatusPages

/// The comparison of the stored pages with declared ones.
extension StoredPages {
    func changes(to declarations: [PageDeclaration]) -> PageChanges {
        var changes = PageChanges()
        for declaration in declarations {
            let page = page(declaration.slug)
            let isAdopted = page?.origin == .dashboard && declaration.adopts
            let adoption: [PageChanges.Change] = isAdopted ? [.adopted] : []
            let steps = steps(from: page.map { ($0.name, $0.isArchived) }, to: declaration.name)
            changes.items += (adoption + steps).map { change in
                PageChanges.Item(
                    change: change, kind: .page, pageSlug: declaration.slug, key: declaration.slug,
                    name: declaration.name, events: page.map { events(of: $0) } ?? PageChanges.OngoingEvents())
            }
            changes.items += self.changes(of: page, to: declaration)
        }
        changes.conflicts = declarations.indices.flatMap { conflicts(of: $0, in: declarations) }
        for page in pages
        where page.origin == .configuration && !page.isArchived
            && !declarations.contains(where: { $0.slug == page.slug })
        {
            changes.items.append(
                PageChanges.Item(
                    change: .archived, kind: .page, pageSlug: page.slug, key: page.slug, name: page.name,
                    events: events(of: page)))
            changes.items += page.items.filter { !$0.isArchived }.map { archived($0, on: page) }
        }
        return changes
    }

    /// The pages that the dashboard manages and that have the slug or domain of a declaration.
    private func conflicts(of index: Int, in declarations: [PageDeclaration]) -> [PageChanges.Conflict] {
        let declaration = declarations[index]
        let made = pages.filter { $0.origin == .dashboard }
        let sameSlug = made.first { $0.slug == declaration.slug && !declaration.adopts }
        let sameDomain = made.first { page in
            page.domain != nil && page.domain == declaration.domain && !page.isArchived
                && !declarations.contains { $0.slug == page.slug }
        }
        func conflict(_ page: Page, _ property: PageChanges.Conflict.Property) -> PageChanges.Conflict {
            PageChanges.Conflict(
                index: index, property: property, slug: page.slug, name: page.name, isArchived: page.isArchived)
        }
        return [sameSlug.map { conflict($0, .slug) }, sameDomain.map { conflict($0, .domain) }].compactMap(\.self)
    }

    private func changes(of page: Page?, to declaration: PageDeclaration) -> [PageChanges.Item] {
        let known = page?.itemsByIdentity ?? [:]
        let declared = declaration.flatItems
        let changed = declared.flatMap { wanted in
            let item = known[wanted.identity]
            return steps(from: item.map { ($0.name, $0.isArchived) }, to: wanted.name).map { change in
                var change = PageChanges.Item(
                    change: change, kind: wanted.identity.kind, pageSlug: declaration.slug, key: wanted.identity.key,
                    name: wanted.name)
                if let page, let item { change.events = events(of: item, on: page) }
                return change
            }
        }
        guard let page else { return changed }
        let kept = Set(declared.map(\.identity))
        let gone = page.items.filter { !$0.isArchived && !kept.contains($0.identity) }
        return changed + gone.map { archived($0, on: page) }
    }

    /// How a declared page or item changes.
    /// - Parameter known: its stored name and whether it is archived; nil if it is new.
    private func steps(from known: (name: String, isArchived: Bool)?, to name: String) -> [PageChanges.Change] {
        guard let known else { return [.added] }
        return (known.isArchived ? [.returned] : []) + (known.name == name ? [] : [.renamed(from: known.name)])
    }

    private func archived(_ item: Item, on page: Page) -> PageChanges.Item {
        PageChanges.Item(
            change: .archived, kind: item.identity.kind, pageSlug: page.slug, key: item.identity.key, name: item.name,
            events: events(of: item, on: page))
    }

    private func events(of page: Page) -> PageChanges.OngoingEvents { ongoingEvents(of: page.id) }

    func ongoingEvents(of page: String) -> PageChanges.OngoingEvents { count(events.filter { $0.page == page }) }

    private func events(of item: Item, on page: Page) -> PageChanges.OngoingEvents {
        let components = Set(components(of: item, on: page))
        return count(events.filter { $0.page == page.id && !$0.components.isDisjoint(with: components) })
    }

    /// The component itself, or those in a group or sub-page.
    private func components(of item: Item, on page: Page) -> [String] {
        if let component = item.component { return [component] }
        return page.items.filter { $0.parent == item.id && $0.isArchived == item.isArchived }
            .flatMap { components(of: $0, on: page) }
    }

    private func count(_ events: [Event]) -> PageChanges.OngoingEvents {
        let incidents = events.count { $0.isIncident }
        return PageChanges.OngoingEvents(incidents: incidents, maintenances: events.count - incidents)
    }
}
