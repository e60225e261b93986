public import StatusPages

/// A page's widget document for its owner, even if the widget is not public.
public enum WidgetPreview {
    /// The same bytes as readers of the widget would get.
    public static func document(of page: StatusPage, serverURL: String, events: PageEvents) throws -> [UInt8] {
        try WidgetBuilder(page: page, serverURL: serverURL, events: events).document().encoded()
    }
}
