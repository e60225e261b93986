import Notifications
import StatusPages
import Storage

/// The metrics of subscribers, and of the messages to them.
struct DeliveryMetrics: Sendable {
    let store: Store
    let counters: DeliveryCounters

    /// The values in the database at a moment.
    private struct Stored {
        let subscribers: [(channel: Subscriber.Channel, state: Subscriber.State, number: Int)]
        let pending: [Subscriber.Channel: (number: Int, since: Timestamp)]
        let status: DeliveryStatus

        init(_ transaction: ReadTransaction) throws {
            subscribers = try transaction.subscriberCounts()
            pending = try transaction.pendingDeliveries()
            status = try transaction.deliveryStatus()
        }
    }

    /// Leaves out values of the database while it cannot be read.
    func write(to text: inout MetricsText) {
        if let stored = try? store.read(Stored.init) { Self.write(stored, to: &text) }
        writeCounters(to: &text)
    }

    private static func write(_ stored: Stored, to text: inout MetricsText) {
        text.describe("allclear_subscribers", "gauge", "Subscribers of all pages, by channel and state.")
        for channel in Subscriber.Channel.allCases {
            for state in Subscriber.State.allCases {
                let number = stored.subscribers.first { $0.channel == channel && $0.state == state }?.number ?? 0
                text.sample("allclear_subscribers", ["channel": channel.rawValue, "state": state.rawValue], number)
            }
        }
        text.describe("allclear_deliveries_pending", "gauge", "Messages that wait to be sent, by channel.")
        for channel in Subscriber.Channel.allCases {
            text.sample(
                "allclear_deliveries_pending", ["channel": channel.rawValue], stored.pending[channel]?.number ?? 0)
        }
        let oldest = (stored.pending.values.map(\.since) + [stored.status.oldestPendingAt].compactMap(\.self)).min()
        let age = oldest.map { max(0, Clock.now().milliseconds - $0.milliseconds) / 1_000 }
        text.add(
            "allclear_delivery_oldest_pending_seconds", .gauge,
            "The age of the oldest waiting message or notification, in seconds; 0 if none waits.", age ?? 0)
        text.add(
            "allclear_mail_relay_up", .gauge,
            "0 while the mail relay cannot be used, or if there is none; otherwise 1.",
            stored.status.relay == .ok ? 1 : 0)
        text.add(
            "allclear_deliveries_paused", .gauge, "1 while updates are held back, otherwise 0.",
            stored.status.isPaused ? 1 : 0)
    }

    private func writeCounters(to text: inout MetricsText) {
        let ends = "allclear_deliveries_total"
        text.describe(
            ends, "counter", "Messages that reached a final state in this process, by channel, kind and outcome.")
        for channel in Subscriber.Channel.allCases {
            for kind in Delivery.Kind.allCases {
                for state in Delivery.State.allCases where state != .pending {
                    text.sample(
                        ends, ["channel": channel.rawValue, "kind": kind.rawValue, "outcome": state.rawValue],
                        counters.ended(channel, kind, state))
                }
            }
        }
        let attempts = "allclear_delivery_attempts_total"
        text.describe(attempts, "counter", "Attempts of this process to send a message, by channel and result.")
        for channel in Subscriber.Channel.allCases {
            for result in DeliveryCounters.results(of: channel) {
                text.sample(
                    attempts, ["channel": channel.rawValue, "result": result], counters.attempts(channel, result))
            }
        }
    }
}
