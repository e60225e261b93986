import Notifications
import StatusPages
import Testing

@Suite struct ResponseTests {
    @Test func cutsLongAnswers() {
        #expect(Delivery.Response(code: 250, text: String(repeating: "x", count: 500)).text.count == 200)
        // The text is cut after addresses are removed. Otherwise the beginning of an address could stay.
        let text = String(repeating: "x", count: 190) + " ada.lovelace@example.org"
        #expect(Delivery.Response(code: 250, text: text).text == String(repeating: "x", count: 190) + " ***")
    }

    @Test(
        "Email addresses are removed from an answer",
        arguments: [
            ("5.1.1 <ada@example.org>: Recipient address rejected", "5.1.1 <***>: Recipient address rejected"),
            ("4.2.0 ada@example.org... Mailbox busy", "4.2.0 *** Mailbox busy"),
            ("mailbox 'ADA@EXAMPLE.ORG' is full", "mailbox *** is full"),
            ("o'hara+x=y!{z}@example.org,ada@example.org", "***,***"),
            ("rfc822;ada@example.org", "rfc822;***"), ("To:ada@example.org", "To:***"),
            (#"{"error":"ada@example.org"}"#, #"{"error":"***"}"#), ("(ada@example.org)", "(***)"),
            (
                "see https://why.example/?s=rcpt;id=ada%40example.org;ip=192.0.2.1",
                "see https://why.example/?s=rcpt;***;ip=192.0.2.1"
            ),
            ("ada@example.org\tand\r\nada@example.org", "***\tand\r\n***"),
            ("adä@exämple.org  twice", "***  twice"),
            ("5.7.1 no: 100% sure", "5.7.1 no: 100% sure"), ("", ""),
        ])
    func addresses(said: String, kept: String) {
        #expect(Delivery.Response(code: 550, text: said).text == kept)
    }
}
