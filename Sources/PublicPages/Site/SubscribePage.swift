import HTTPServer
import Markup
import StatusPages

extension SitePage {
    /// The page with all ways to subscribe.
    /// - Parameter entry: the entered values with their faults; nil for an empty form.
    func subscribePage(_ entry: SignUpEntry? = nil) -> HTML {
        let words = texts.subscription
        let document = SiteDocument(
            place: .subscribe, title: words.subscribe, description: words.introduction, isPrivate: entry != nil,
            isLive: false)
        return self.document(document) { html in
            html += """
                <p class="crumb"><a href="\(link(.front))" dir="auto">\(scope.name)</a></p>
                <h1>\(words.subscribe)</h1>
                <p class="lead">\(words.introduction)</p>

                """
            if hasForm { html += signUpForm(entry ?? SignUpEntry()) }
            html += """
                <section class="ways" id="feeds">
                <h2>\(words.feeds)</h2>
                <p class="note">\(words.feedsExplanation)</p>
                <ul>\(feeds.map { "<li><a href=\"\(path($0.path))\">\($0.name)</a> <code>\(scope.url)\($0.path)</code></li>" })</ul>
                </section>
                <section class="ways" id="calendar">
                <h2>\(words.calendar)</h2>
                <p class="note">\(words.calendarExplanation)</p>
                <ul>\(calendars)</ul>
                </section>
                <section class="ways" id="slack">
                <h2>\(words.slack)</h2>
                <p class="note">\(words.slackExplanation)</p>
                <code>\(slackCommand)</code>
                </section>

                """
        }
    }

    /// The same as a list, for the header.
    var subscriptionMenu: HTML {
        let words = texts.subscription
        return """
            <ul>\(mail)\(feeds.map { "<li><a href=\"\(path($0.path))\">\($0.name)</a></li>" })\(calendars)\
            <li class="slack">\(words.slackExplanation) <code>\(slackCommand)</code></li>\
            <li><a href="\(link(.subscribe))">\(words.allWays)</a></li></ul>
            """
    }

    private var feeds: [(name: String, path: String)] {
        [("RSS", "/feed.rss"), ("Atom", "/feed.atom"), ("JSON Feed", "/feed.json")]
    }

    private var mail: HTML {
        hasForm ? "<li><a href=\"\(link(.subscribe))#email\">\(texts.signUp.email)</a></li>" : ""
    }

    private var slackCommand: String { "/feed subscribe \(scope.url)/feed.rss" }

    private var calendars: HTML {
        let words = texts.subscription
        // The page's address without its scheme, which begins with two slashes.
        let address = scope.url.utf8.firstIndex(of: UInt8(ascii: "/")).map { scope.url[$0...] } ?? ""
        let calendar = "webcal:\(address)/maintenances.ics"
        return """
            <li><a href="\(calendar)">\(words.calendarApp)</a></li>\
            <li><a href="https://calendar.google.com/calendar/render?cid=\(PercentEncoding.encode(calendar))">\
            \(words.googleCalendar)</a></li>
            """
    }
}
