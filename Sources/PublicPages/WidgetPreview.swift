public import StatusPages

/// A page's widget document for its owner, whether the world may see it or not.
public enum WidgetPreview {
    /// The bytes that readers would get.
    public static func document(of page: StatusPage, serverURL: String, events: PageEvents) throws -> [UInt8] {
        try WidgetBuilder(page: page, serverURL: serverURL, events: events).document().encoded()
    }
}
