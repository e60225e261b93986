import StatusPages

/// A moment, in seconds after an arbitrary start. Negative numbers are before it.
func second(_ seconds: Int64) -> Timestamp {
    Timestamp(milliseconds: 1_767_225_600_000 + seconds * 1_000)
}

/// The nth id. Larger numbers give larger ids.
func id<Entity>(_ number: UInt64) -> ID<Entity> {
    let digits = String(number)
    guard let id = ID<Entity>(String(repeating: "0", count: 26 - digits.count) + digits) else {
        preconditionFailure("\(number) is too large for an id")
    }
    return id
}

/// Returns ids in order, from 1000.
final class Sequencer {
    private(set) var count: UInt64 = 0

    func next() -> ULID {
        count += 1
        return (id(1_000 + count) as ID<Incident>).ulid
    }
}

/// A page with four components: at the top (1), in a group (2), in a sub-page (3), and in a group of the sub-page (4).
enum Fixture {
    static let website = Component(id: id(1), name: "Website")
    static let api = Component(id: id(2), name: "API", description: "For programs.")
    static let mail = Component(id: id(3), name: "Mail")
    static let search = Component(id: id(4), name: "Search")

    static let services = Structure.Group(
        id: id(11), name: "Services", isHidden: true, components: [Structure.PlacedComponent(api)])
    static let backend = Structure.Group(
        id: id(12), name: "Backend", components: [Structure.PlacedComponent(search, isHidden: true)])
    static let europe = Structure.SubPage(
        id: id(21), key: "europe", name: "Europe",
        items: [.component(Structure.PlacedComponent(mail)), .group(backend)])

    static let page = StatusPage(
        id: id(100), slug: "main", name: "Main",
        structure: Structure(
            items: [.component(Structure.PlacedComponent(website)), .group(services), .subPage(europe)]))

    static let all = [website, api, mail, search]
    static let components = all.map(\.id)
}

/// A component status as a client sends it.
func draft(_ component: ID<Component>, _ status: ComponentStatus) -> ComponentStatusDraft {
    ComponentStatusDraft(componentID: component.description, status: status)
}

func change(_ component: ID<Component>, _ status: ComponentStatus) -> ComponentStatusChange {
    ComponentStatusChange(componentID: component, status: status)
}
