import Markup

/// A text with a number in it. The function chooses the form that the number needs.
typealias CountedText = @Sendable (Int) -> String

/// Every text of the pages in one language, except the texts of publishers.
///
/// Feeds, calendars and badges do not use it: they are in English (see `StatusWords`).
struct Texts: Sendable {
    /// The language's tag (BCP 47).
    let locale: String
    /// The language's name in that language.
    let languageName: String
    let dates: DateWords
    let lengths: LengthWords
    let statuses: StatusTexts
    let uptime: UptimeTexts
    let events: EventTexts
    let history: HistoryTexts
    let subscription: SubscriptionTexts
    let signUp: SignUpTexts
    let subscriber: SubscriberTexts

    // The header and the footer.
    let skipToContent: String
    /// Names the links of the header for screen readers.
    let navigation: String
    /// The link to the front page.
    let status: String
    let support: String
    let privacy: String
    let terms: String
    /// Names the list of languages.
    let languages: String

    // The sections of the front page.
    let ongoingIncidents: String
    let maintenanceInProgress: String
    let components: String
    /// How many components a group has.
    let componentCount: CountedText
    let scheduledMaintenance: String
    let lastFourteenDays: String
    let nothingEnded: String

    // The page for addresses that lead nowhere.
    let notFound: String
    let notFoundExplanation: String
    let toStatus: String
}

/// How a language writes dates. Times are those of UTC, in 24 hours.
struct DateWords: Sendable {
    /// For dates, January first.
    let shortMonths: [String]
    /// For headings, January first.
    let months: [String]
    /// From a day, a short month and a year, such as `20 Nov 2026`.
    let date: @Sendable (_ day: Int, _ month: String, _ year: Int) -> String
    /// From a date and a time, such as `20 Nov 2026, 21:48 UTC`.
    let moment: @Sendable (_ date: String, _ time: String) -> String
    /// From a long month and a year, such as `November 2026`.
    let month: @Sendable (_ month: String, _ year: Int) -> String
}

/// How a language writes lengths of time, such as `2 h 3 min`.
struct LengthWords: Sendable {
    /// Follows the number. Begins with the space between them, if there is one.
    let days: String
    let hours: String
    let minutes: String
    /// Between two units.
    let separator: String
    let underOneMinute: String
}

struct StatusTexts: Sendable {
    let operational: String
    let underMaintenance: String
    let degradedPerformance: String
    let partialOutage: String
    let fullOutage: String

    /// Of a whole page.
    let allOperational: String
    /// Of a whole page, while an incident affects no component.
    let ongoingIncident: String

    let investigating: String
    let identified: String
    let monitoring: String
    let resolved: String

    let scheduled: String
    let inProgress: String
    let completed: String
}

struct UptimeTexts: Sendable {
    /// The description of a bar, for screen readers: `Status on each of the last 90 days`.
    let bar: String
    /// At the left end of a bar. The number is always 90.
    let daysAgo: CountedText
    /// At the right end of a bar.
    let today: String
    /// From a number such as `99.94`.
    let percentage: @Sendable (_ number: String) -> String
    /// How many days of a bar were not operational: 1 or more.
    let affectedDays: CountedText
    let noAffectedDays: String
    /// On a day.
    let noDowntime: String
    /// On a day.
    let noData: String
    /// A status and how long it lasted, such as `Partial outage for 2 h`.
    let lasted: @Sendable (_ status: String, _ length: String) -> String
}

struct EventTexts: Sendable {
    let incident: String
    let maintenance: String
    /// Names the list of components of an event.
    let affectedComponents: String
    /// The components that the list leaves out at first: 1 or more.
    let moreComponents: CountedText
    let updates: String
    /// The link to an event's own page, with the number of its updates.
    let allUpdates: CountedText
    /// The updates before the newest one: 1 or more.
    let earlierUpdates: CountedText
    /// Marks an update whose text was replaced.
    let edited: String
    /// Shows the rest of an event that is over.
    let details: String
    /// The start of an ongoing incident.
    let since: @Sendable (_ time: HTML) -> HTML
    /// A span of time.
    let between: @Sendable (_ start: HTML, _ end: HTML) -> HTML
    /// How long an event lasted.
    let duration: @Sendable (_ length: String) -> String
    /// The worst impact of an incident that is over.
    let worstImpact: @Sendable (_ status: HTML) -> HTML
    /// The link to a maintenance's calendar file.
    let addToCalendar: String
    /// Names the page of which a sub-page is part.
    let partOf: @Sendable (_ page: HTML) -> HTML
}

struct HistoryTexts: Sendable {
    let history: String
    let emptyMonth: String
    let newer: String
    let older: String
}

struct SubscriptionTexts: Sendable {
    let subscribe: String
    let introduction: String
    let feeds: String
    let feedsExplanation: String
    let calendar: String
    let calendarExplanation: String
    let calendarApp: String
    let googleCalendar: String
    let slack: String
    /// Precedes a command for Slack.
    let slackExplanation: String
    /// The link to the page with all ways to subscribe.
    let allWays: String
}

/// The form to subscribe by email, and its answers.
struct SignUpTexts: Sendable {
    /// The heading of the form, and its link in the menu.
    let email: String
    let explanation: String
    /// Names the field.
    let address: String
    let addressHint: String
    /// Shows the choice of components.
    let someComponents: String
    let noneChosen: String
    /// Names the field that only programs see.
    let leaveEmpty: String
    let invalidAddress: String
    let unknownComponent: String
    /// The answer to every accepted sign-up. It must not reveal whether the address was known.
    let checkInbox: String
    let checkInboxExplanation: String
    let tooMany: String
    let tooManyExplanation: String
}

/// The pages behind the links in emails.
struct SubscriberTexts: Sendable {
    let confirmTitle: String
    let confirmExplanation: String
    /// On a button.
    let confirm: String
    let confirmed: String
    let confirmedExplanation: String
    /// The link to the page that changes the subscription.
    let change: String
    /// The title of that page.
    let yours: String
    /// Before a date.
    let since: String
    /// Before the parts of the page that a subscriber gets updates on.
    let updatesOn: String
    let wholePage: String
    /// On a button.
    let save: String
    /// On a button.
    let toWholePage: String
    let saved: String
    let chooseOne: String
    /// On a button and a link, and the title of a page.
    let unsubscribe: String
    let unsubscribeExplanation: String
    let unsubscribed: String
    let unsubscribedExplanation: String
    /// Of a subscriber who is not active, whatever the reason.
    let inactive: String
    let inactiveExplanation: String
    let expired: String
    let expiredExplanation: String
}
