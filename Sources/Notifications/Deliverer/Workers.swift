import StatusPages

/// Does the jobs of one lane, one after the other. It belongs to one thread.
protocol Worker: AnyObject {
    func work(on job: DeliveryJob) -> Attempt
    /// There is nothing to do. Connections are closed.
    func rest()
}

/// The parts that the lanes share.
struct WorkPlace: Sendable {
    let courier: Courier
    let settings: @Sendable () -> DelivererSettings
    let now: @Sendable () -> Timestamp
    let interruption: Interruption
    let makeSender: @Sendable (MailSettings, Interruption) -> any MailSender
    let makeCaller: @Sendable (WebhookSettings, Interruption) -> any Caller
    let endpoints: EndpointComposer
    let pageStatus: @Sendable (ID<StatusPage>) -> EndpointComposer.PageStatus
    let report: @Sendable (String, any Error) -> Void

    /// Looks up what the job is about, and sends it.
    func attempt(
        _ job: DeliveryJob, _ send: (Courier.Message) throws -> Attempt.Result
    ) -> Attempt {
        do {
            switch try courier.task(for: job, at: now()) {
            case .finish(let attempt): return attempt
            case .send(let message):
                return Attempt(job, carrier: message.delivery.id, older: message.older, try send(message))
            }
        } catch {
            report("cannot read a delivery", error)
            return Attempt(job, .nothing)
        }
    }

    func notComposed(_ problem: String) -> Attempt.Result {
        .notComposed(.temporary(), Delivery.Response(code: nil, text: problem), at: now())
    }
}

/// Sends emails.
final class MailWorker: Worker {
    private let place: WorkPlace
    /// The sender, and the settings that it was made with.
    private var sender: (any MailSender)?
    private var settings: MailSettings?
    /// The last email about updates, and what it was made from. Most emails in a row are copies of one.
    private var update: (notifications: [ID<UpdateNotification>], on: SubscribeSettings, mail: UpdateMail)?

    init(_ place: WorkPlace) { self.place = place }

    func work(on job: DeliveryJob) -> Attempt {
        // Without a relay, emails wait.
        guard let settings = place.settings().mail else { return Attempt(job, .nothing) }
        return place.attempt(job) { message in
            let sender = sender(with: settings)
            guard let mail = compose(message, with: MailComposer(settings)) else {
                return place.notComposed("the email cannot be composed")
            }
            let outcome = sender.send(mail)
            // The server ended it, so it says nothing about the relay.
            if case .relayTrouble = outcome, place.interruption.isInterrupted { return .nothing }
            let isPageSender = mail.returnPath != settings.returnPath ?? settings.from.address
            return outcome.result(at: place.now(), isPageSender: isPageSender)
        }
    }

    private func compose(_ message: Courier.Message, with composer: MailComposer) -> Mail? {
        let (subscriber, page) = (message.subscriber, message.page.subscribe)
        guard message.delivery.kind == .update else {
            return composer.mail(for: message.delivery, to: subscriber, on: page, key: message.key)
        }
        let notifications = message.notifications.map(\.id)
        if update?.notifications != notifications || update?.on != page {
            update = composer.update(message.notifications, on: page).map { (notifications, page, $0) }
        }
        return update?.mail.copy(to: subscriber, thread: message.thread, key: message.key)
    }

    func rest() {
        sender?.close()
        sender = nil
        update = nil
    }

    private func sender(with settings: MailSettings) -> any MailSender {
        if let sender, self.settings == settings { return sender }
        rest()
        let new = place.makeSender(settings, place.interruption)
        (sender, self.settings) = (new, settings)
        return new
    }
}

/// Calls webhooks and chats.
final class CallWorker: Worker {
    private let place: WorkPlace
    private var caller: (any Caller)?
    private var settings: WebhookSettings?

    init(_ place: WorkPlace) { self.place = place }

    func work(on job: DeliveryJob) -> Attempt {
        let settings = place.settings().webhooks
        return place.attempt(job) { message in
            let call: Call
            do {
                call = try place.endpoints.call(
                    for: message.delivery, to: message.subscriber, notifications: message.notifications,
                    event: message.event,
                    pageStatus: place.pageStatus(message.page.id), key: message.key, at: place.now())
            } catch {
                return place.notComposed("the call cannot be composed: \(error)")
            }
            return caller(with: settings).send(call).result(at: place.now())
        }
    }

    func rest() { caller = nil }

    private func caller(with settings: WebhookSettings) -> any Caller {
        if let caller, self.settings == settings { return caller }
        let new = place.makeCaller(settings, place.interruption)
        (caller, self.settings) = (new, settings)
        return new
    }
}
