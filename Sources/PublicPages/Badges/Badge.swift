import Markup
import StatusPages

/// The state of a page or a component in two words, for other websites to embed.
struct Badge {
    /// How many characters of a given label are shown.
    static let mostLabelled = 60

    let label: String
    let state: BadgeState

    /// The badge of a page or sub-page.
    /// - Parameter label: replaces the page's name, unless it is empty or nil.
    init(_ state: ScopeState, label: String? = nil) {
        self.init(name: state.scope.name, label, BadgeState(state.overall))
    }

    /// The badge of a component; nil if the page does not show the component.
    /// - Parameter label: replaces the component's name, unless it is empty or nil.
    init?(_ component: ID<Component>, in state: ScopeState, label: String? = nil) {
        guard let placement = state.scope.visible.first(where: { $0.component.id == component }) else { return nil }
        self.init(name: placement.component.name, label, BadgeState(state.status(of: component)))
    }

    private init(name: String, _ label: String?, _ state: BadgeState) {
        // Scalars, because one `Character` can be of any length.
        let given = String((label ?? "").unicodeScalars.prefix(Self.mostLabelled))
        self.label = given.isEmpty ? name : given
        self.state = state
    }

    /// For shields.io's endpoint badge (shields.io/badges/endpoint-badge).
    func json() -> [UInt8] {
        JSONText.object { badge in
            badge.member("schemaVersion", 1)
            badge.member("label", label)
            badge.member("message", state.message)
            badge.member("color", state.shieldsColour)
        }
    }

    /// As an SVG picture. It loads nothing, so it looks the same everywhere, apart from the font.
    func svg() -> [UInt8] {
        let label = BadgeText(label)
        let message = BadgeText(state.message)
        let width = label.boxWidth + message.boxWidth
        let svg: HTML = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="20" role="img">\
            <title>\(label.text): \(message.text)</title>\
            <clipPath id="r"><rect width="\(width)" height="20" rx="3"/></clipPath>\
            <g clip-path="url(#r)"><rect width="\(label.boxWidth)" height="20" fill="#444d56"/>\
            <rect x="\(label.boxWidth)" width="\(message.boxWidth)" height="20" fill="\(state.fill)"/></g>\
            <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">\
            \(label.element(at: 0))\(message.element(at: label.boxWidth))</g></svg>

            """
        return svg.bytes
    }
}

/// The text of a badge, and its colour.
struct BadgeState {
    let message: String
    /// Its contrast with the white text is at least 5:1.
    let fill: String
    /// One of the names that shields.io knows.
    let shieldsColour: String
}

extension BadgeState {
    init(_ status: ShownStatus) {
        let (fill, shieldsColour) =
            switch status {
            case .operational: ("#1a7f37", "brightgreen")
            case .underMaintenance: ("#0a62c9", "blue")
            case .degradedPerformance: ("#8a6100", "yellow")
            case .partialOutage: ("#b84c00", "orange")
            case .fullOutage: ("#c5202c", "red")
            }
        self.init(message: status.word.lowercased(), fill: fill, shieldsColour: shieldsColour)
    }

    init(_ status: OverallStatus) {
        switch status {
        case .operational: self.init(ShownStatus.operational)
        case .underMaintenance: self.init(ShownStatus.underMaintenance)
        case .degradedPerformance: self.init(ShownStatus.degradedPerformance)
        case .partialOutage: self.init(ShownStatus.partialOutage)
        case .fullOutage: self.init(ShownStatus.fullOutage)
        case .incident: self.init(message: "ongoing incident", fill: "#59636e", shieldsColour: "lightgrey")
        }
    }
}
