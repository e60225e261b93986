import HTTPTypes
import StatusPages

/// Badges and icons that show the state.
extension DocumentKind {
    static let badges = [
        badge("/badge.svg", svgType, svgFields, .page { Badge($0.state, label: $0.label).svg() }),
        badge("/badge.json", "application/json", openFields, .page { Badge($0.state, label: $0.label).json() }),
        badge(
            "/badge/{id}.svg", svgType, svgFields,
            .component { Badge($1, in: $0.state, label: $0.label)?.svg() }),
        badge(
            "/badge/{id}.json", "application/json", openFields,
            .component { Badge($1, in: $0.state, label: $0.label)?.json() }),
        DocumentKind(
            paths: ["/favicon.svg"], mediaType: svgType, tag: .icon, caching: .minute, fields: svgFields,
            source: .page { Icon($0.state.overall).svg() }),
        DocumentKind(
            paths: ["/favicon.ico"], mediaType: "image/x-icon", tag: .icon, caching: .minute, fields: openFields,
            source: .page { Icon.ico($0.state.overall) }),
    ]

    private static let svgType = "image/svg+xml; charset=utf-8"

    private static let svgFields: @Sendable (PageScope) -> HTTPFields = { _ in openDrawing }

    private static func badge(
        _ path: String, _ mediaType: String, _ fields: @escaping @Sendable (PageScope) -> HTTPFields, _ source: Source
    ) -> DocumentKind {
        DocumentKind(
            paths: [path], mediaType: mediaType, tag: .badge, caching: .minute, fields: fields, dependsOnQuery: true,
            source: source)
    }
}
