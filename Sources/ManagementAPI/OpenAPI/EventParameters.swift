extension Operation.Parameter {
    /// The query parameters of the lists of incidents and maintenances.
    static let events: [Self] =
        [
            query(
                "status_page_id", .sentID("The page to list."), isRequired: true,
                example: .string(Example.pageID)),
            query(
                "component_id", .sentID("Only events that affected this component of the page."),
                example: .string(Example.componentID)),
            query(
                "group_id", .sentID("Only events that affected a component of this group."),
                example: .string(Example.groupID)),
            query(
                "sub_page_id", .sentID("Only events that affected a component of this sub-page."),
                example: .string(Example.subPageID)),
            query(
                "start_at", .time("Only events that affected a component at this time or later."),
                example: "2026-11-01T00:00:00Z"),
            query(
                "end_at", .time("Only events that affected a component at this time or earlier."),
                example: "2026-12-31T00:00:00Z"),
        ] + paging
}
