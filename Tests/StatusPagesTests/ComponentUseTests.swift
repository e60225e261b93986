import StatusPages
import Testing

@Suite("Uses of a component")
struct ComponentUseTests {
    @Test("A component that nothing uses can be archived")
    func unused() {
        #expect(ComponentUse.fault(of: []) == nil)
    }

    @Test("The error names the uses of a component, except those on internal pages")
    func named() throws {
        let uses = [
            ComponentUse(.page, name: "Acme"), ComponentUse(.page, name: nil), ComponentUse(.incident, name: "Down"),
            ComponentUse(.maintenance, name: nil),
        ]
        let fault = try #require(ComponentUse.fault(of: uses))
        #expect(fault.code == .inUse)
        #expect(fault.path == [.field(.id)])
        #expect(
            fault.message == """
                The component is in use by the page "Acme", an internal page, the incident "Down", a maintenance on an \
                internal page.
                """)
    }

    @Test("If there are many uses, some are named and the rest are counted")
    func many() throws {
        let uses = (1...7).map { ComponentUse(.incident, name: "\($0)") }
        #expect(try #require(ComponentUse.fault(of: uses)).message.hasSuffix(#"the incident "5", 2 more."#))
    }
}
