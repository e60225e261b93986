import StatusPages
import Testing

@Suite("Announcements") struct AnnouncementTests {
    /// An incident with updates, each with the statuses that it gives components.
    private func incident(_ updates: [(Incident.Status, [ComponentStatusChange])]) -> Incident {
        let updates = updates.enumerated().map { index, update in
            IncidentUpdate(
                id: id(UInt64(50 + index)), publishedAt: second(Int64(index)), message: "Message \(index)",
                status: update.0, componentStatuses: update.1, notifiesSubscribers: true)
        }
        return Incident(
            id: id(7), pageID: Fixture.page.id, name: "Errors", publishedAt: second(0),
            status: updates.last?.status ?? .investigating, updates: updates)
    }

    private func names(_ announcement: Announcement?) -> Set<String> {
        let components = Fixture.all.filter { component in
            announcement?.concerned.contains { $0.id == component.id } ?? false
        }
        return Set(components.map(\.name))
    }

    @Test("An update concerns the components that it names and those still affected; the last one, all ever affected")
    func concerned() {
        let first = [change(Fixture.website.id, .fullOutage), change(Fixture.api.id, .degradedPerformance)]
        let second: [ComponentStatusChange] = [change(Fixture.website.id, .operational)]
        let third: [ComponentStatusChange] = []
        let end: [ComponentStatusChange] = [
            change(Fixture.website.id, .operational), change(Fixture.api.id, .operational),
        ]
        let steps: [(Incident.Status, [ComponentStatusChange])] = [
            (.investigating, first), (.identified, second), (.monitoring, third), (.resolved, end),
        ]
        let expected: [Set<String>] = [["Website", "API"], ["Website", "API"], ["API"], ["Website", "API"]]
        for (count, names) in expected.enumerated() {
            let announcement = Announcement(
                incident(Array(steps.prefix(count + 1))), on: Fixture.page, serverURL: "https://status.example")
            #expect(self.names(announcement) == names, "after \(count + 1) updates")
        }
    }

    @Test("Hidden components decide which scopes are notified, but are not named")
    func hidden() throws {
        let announcement = try #require(
            Announcement(
                incident([(.investigating, Fixture.components.map { change($0, .partialOutage) })]), on: Fixture.page,
                serverURL: "https://status.example"))
        #expect(names(announcement) == ["Website", "API", "Mail", "Search"])
        #expect(
            announcement.affected == [
                Announcement.Affected(name: "Website", status: .partialOutage),
                Announcement.Affected(name: "Mail", status: .partialOutage),
            ])
        #expect(announcement.eventURL == "https://status.example/main/incidents/\(id(7) as ID<Incident>)")
        #expect(announcement.statusInWords == "Investigating")
    }

    @Test("A maintenance is announced with its window")
    func maintenance() throws {
        var course = try MaintenanceCourse(affecting: [Fixture.website], notifies: true)
        let scheduled = try #require(
            Announcement(course.maintenance, on: Fixture.page, serverURL: "https://status.example"))
        #expect(scheduled.statusInWords == "Scheduled")
        #expect(scheduled.window == Maintenance.Window(startAt: second(100), endAt: second(200)))
        #expect(scheduled.affected.map(\.status) == [.operational])
        try course.publish(.inProgress, at: 100)
        let begun = Announcement(course.maintenance, on: Fixture.page, serverURL: "https://status.example")
        #expect(begun?.affected.map(\.status) == [.underMaintenance])
        #expect(begun?.statusInWords == "In progress")
        try course.publish(.complete, at: 150)
        let complete = Announcement(course.maintenance, on: Fixture.page, serverURL: "https://status.example")
        #expect(names(complete) == ["Website"])
        #expect(complete?.affected.map(\.status) == [.operational])
        #expect(complete?.statusInWords == "Completed")
    }

    @Test(
        "A scope is notified of updates that concern a component in it",
        arguments: [
            (.wholePage, true), (.chosen(SubscriptionScope.Choice()), false),
            (.chosen(SubscriptionScope.Choice(components: [Fixture.search.id])), true),
            (.chosen(SubscriptionScope.Choice(components: [Fixture.website.id])), false),
            (.chosen(SubscriptionScope.Choice(groups: [Fixture.backend.id])), true),
            (.chosen(SubscriptionScope.Choice(groups: [Fixture.services.id])), false),
            (.chosen(SubscriptionScope.Choice(subPages: [Fixture.europe.id])), true),
        ] as [(SubscriptionScope, Bool)])
    func scopes(_ scope: SubscriptionScope, _ isTold: Bool) throws {
        let search = incident([(.investigating, [change(Fixture.search.id, .fullOutage)])])
        let announcement = try #require(Announcement(search, on: Fixture.page, serverURL: "https://status.example"))
        #expect(scope.contains(announcement.concerned) == isTold)
    }

    @Test("An event without components matches only the whole page")
    func noComponents() throws {
        let announcement = try #require(
            Announcement(incident([(.investigating, [])]), on: Fixture.page, serverURL: "https://status.example"))
        #expect(SubscriptionScope.wholePage.contains(announcement.concerned))
        let all = SubscriptionScope.Choice(components: Fixture.components, subPages: [Fixture.europe.id])
        #expect(!SubscriptionScope.chosen(all).contains(announcement.concerned))
    }
}
