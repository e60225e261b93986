import Notifications
import StatusPages
import Testing

@Suite struct ResponseTests {
    @Test func cutsLongAnswers() {
        #expect(Delivery.Response(code: 250, text: String(repeating: "x", count: 500)).text.count == 200)
    }
}
