import Markup
import StatusPages

/// The pages that answer the form, and those behind the links in emails.
extension SitePage {
    /// The answer to every accepted sign-up.
    func checkInboxPage() -> HTML {
        message(at: .subscribe, texts.signUp.checkInbox, texts.signUp.checkInboxExplanation)
    }

    /// The answer to a sign-up over the limit on one client or on all clients.
    func tooManyPage() -> HTML { message(at: .subscribe, texts.signUp.tooMany, texts.signUp.tooManyExplanation) }

    func confirmPage(_ token: String, _ subscriber: Subscriber) -> HTML {
        let words = texts.subscriber
        return question(
            at: .subscription(token, "/confirm"), words.confirmTitle, words.confirmExplanation, subscriber,
            button: words.confirm)
    }

    /// - Parameter manageToken: for the link to the page that changes the subscription.
    func confirmedPage(_ token: String, _ subscriber: Subscriber, manageToken: String) -> HTML {
        let words = texts.subscriber
        return message(at: .subscription(token, "/confirm"), words.confirmed, words.confirmedExplanation) { html in
            html += """
                \(address(subscriber))\
                <p class="all"><a href="\(link(.subscription(manageToken)))">\(words.change)</a></p>

                """
        }
    }

    func unsubscribePage(_ token: String, _ subscriber: Subscriber) -> HTML {
        let words = texts.subscriber
        return question(
            at: .subscription(token, "/unsubscribe"), words.unsubscribe, words.unsubscribeExplanation, subscriber,
            button: words.unsubscribe)
    }

    func unsubscribedPage(at place: Place) -> HTML {
        messageWithForm(at: place, texts.subscriber.unsubscribed, texts.subscriber.unsubscribedExplanation)
    }

    /// The page for somebody who gets no updates, whatever the reason.
    func inactivePage(at place: Place) -> HTML {
        messageWithForm(at: place, texts.subscriber.inactive, texts.subscriber.inactiveExplanation)
    }

    func expiredPage(at place: Place) -> HTML {
        messageWithForm(at: place, texts.subscriber.expired, texts.subscriber.expiredExplanation)
    }

    /// The outcome of a change to a subscription.
    enum Change {
        case saved
        /// Neither a component nor the whole page was chosen.
        case nothingChosen
        case unknownComponent
    }

    /// The page that shows and changes a subscription.
    func managePage(_ token: String, _ subscriber: Subscriber, _ change: Change? = nil) -> HTML {
        let words = texts.subscriber
        let offered = OfferedComponents(scope)
        let chosen = subscriber.scope.covered(on: scope)
        let error: String? =
            switch change {
            case .saved, nil: nil
            case .nothingChosen: words.chooseOne
            case .unknownComponent: texts.signUp.unknownComponent
            }
        return message(at: .subscription(token), words.yours) { html in
            if change == .saved { html += "<p class=\"done\" role=\"status\">\(words.saved)</p>\n" }
            html += "<dl>\n<dt>\(texts.signUp.address)</dt><dd>\(masked(subscriber))</dd>\n"
            if let since = subscriber.activeSince { html += "<dt>\(words.since)</dt><dd>\(texts.time(since))</dd>\n" }
            let parts = chosen.map { $0.map(\.component.name) }
            html += "<dt>\(words.updatesOn)</dt>"
            for part in parts ?? [words.wholePage] { html += "<dd dir=\"auto\">\(part)</dd>" }
            html += "\n</dl>\n<form method=\"post\" action=\"\(link(.subscription(token)))\">\n"
            if !offered.sections.isEmpty {
                let ids = Set((chosen ?? []).map(\.component.id.description))
                html += """
                    \(choice(offered, ids, hint: nil, error: error))\
                    <p class="actions"><button class="main">\(words.save)</button>

                    """
            } else {
                html += "<p class=\"actions\">"
            }
            html += """
                <button name="whole_page" value="1">\(words.toWholePage)</button></p>
                </form>
                <p class="all"><a href="\(link(.subscription(token, "/unsubscribe")))">\(words.unsubscribe)</a></p>

                """
        }
    }

    // MARK: Parts

    private func message(
        at place: Place, _ title: String, _ explanation: String? = nil, _ write: (inout HTML) -> Void = { _ in }
    ) -> HTML {
        let document = SiteDocument(
            place: place, title: title, description: explanation ?? title, isPrivate: true, isLive: false)
        return self.document(document) { html in
            let name: HTML = "<span dir=\"auto\">\(scope.name)</span>"
            let crumb: HTML = scope.page.hasSite ? "<a href=\"\(link(.front))\">\(name)</a>" : name
            html += "<p class=\"crumb\">\(crumb)</p>\n<h1>\(title)</h1>\n"
            if let explanation { html += "<p class=\"lead\">\(explanation)</p>\n" }
            write(&html)
        }
    }

    /// With the form or, if the page has none, a link to the other ways to subscribe.
    private func messageWithForm(at place: Place, _ title: String, _ explanation: String) -> HTML {
        message(at: place, title, explanation) { html in
            if hasForm {
                html += signUpForm(SignUpEntry())
            } else if scope.page.hasSite {
                html += "<p class=\"all\"><a href=\"\(link(.subscribe))\">\(texts.subscription.allWays)</a></p>\n"
            }
        }
    }

    private func question(
        at place: Place, _ title: String, _ explanation: String, _ subscriber: Subscriber, button: String
    ) -> HTML {
        message(at: place, title, explanation) { html in
            html += """
                \(address(subscriber))\
                <form method="post" action="\(link(place))">
                <p class="actions"><button class="main">\(button)</button></p>
                </form>

                """
        }
    }

    private func address(_ subscriber: Subscriber) -> HTML { "<p class=\"address\">\(masked(subscriber))</p>\n" }

    /// The address is left to right in every language.
    private func masked(_ subscriber: Subscriber) -> HTML {
        "<span dir=\"ltr\">\(EmailAddress(subscriber.address)?.masked ?? "")</span>"
    }
}
