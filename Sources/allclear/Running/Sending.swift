import Logging
import Notifications
import PublicPages
import Publishing
import StatusPages

extension Configuration {
    var publisherSettings: SitePublisher.Settings {
        SitePublisher.Settings(serverURL: serverURL, hasMail: subscribers.hasMail, hasTags: hasCacheTags)
    }

    var delivererSettings: DelivererSettings { DelivererSettings(mail: mail, webhooks: webhooks) }

    /// Logs at the start which features cannot work with this configuration.
    func logLimits(ofSending logger: Logger) {
        guard mail != nil else {
            logger.info("mail is not configured, so pages have no form to subscribe, and no emails are sent")
            return
        }
        if !serverURL.hasPrefix("https://") {
            logger.warning(
                "public_url is not https, so mail programs do not offer to unsubscribe with one click",
                metadata: ["public_url": "\(serverURL)"])
        }
    }
}

extension DocumentCache {
    /// The state of a page as webhooks in Statuspage's format show it.
    @Sendable
    func statusForWebhooks(of page: ID<StatusPage>) -> EndpointComposer.PageStatus {
        // A page that is not served has no subscribers to notify.
        guard let state = states.first(where: { $0.page.id == page }) else {
            return EndpointComposer.PageStatus(indicator: "none", description: "All Systems Operational")
        }
        let status = state.statuspageStatus
        let hidden = state.page.structure.placements.filter(\.isHidden).map(\.component.id)
        return EndpointComposer.PageStatus(
            indicator: status.indicator, description: status.description, hidden: Set(hidden))
    }
}
