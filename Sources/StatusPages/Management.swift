/// The origin of a page or a component.
public enum ResourceOrigin: String, CaseIterable, Sendable {
    /// Declared in the server's configuration, and changed only there.
    case configuration = "external"
    /// Made in the dashboard or on the command line; a component, also through the API.
    case dashboard
}

/// The tool that manages a resource, as clients see it.
public enum Manager: String, CaseIterable, Sendable {
    /// The configuration, or a tool that says so with an annotation.
    case external
    case terraform
    /// Neither: people may change it wherever they like.
    case dashboard
}

/// The mark that a tool such as Terraform leaves on a resource that it manages.
public struct Claim: Equatable, Sendable {
    /// No tool manages the resource.
    public static let none = Claim(annotations: [:])

    public static let mostAnnotations = 20
    public static let longestKey = 200
    public static let longestValue = 1_000

    static let externalKey = "incident.io/is-managed-externally"
    static let terraformKey = "incident.io/terraform/version"

    public let annotations: [String: String]

    public init(annotations: [String: String]) { self.annotations = annotations }

    /// The annotations' keys name the tool.
    public var manager: Manager {
        if annotations[Self.externalKey] != nil { return .external }
        return annotations[Self.terraformKey] != nil ? .terraform : .dashboard
    }
}

/// How a resource is managed: by its origin, or by the claim on it.
public struct Management: Equatable, Sendable {
    public let origin: ResourceOrigin
    /// None for a resource from the configuration.
    public let claim: Claim

    public init(_ origin: ResourceOrigin, claim: Claim = .none) {
        self.origin = origin
        self.claim = origin == .configuration ? .none : claim
    }

    public var manager: Manager { origin == .configuration ? .external : claim.manager }
}
