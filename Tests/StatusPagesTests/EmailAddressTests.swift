import StatusPages
import Testing

@Suite struct EmailAddressTests {
    @Test(arguments: [
        "a@example.com", "first.last+tag@sub.example.co", "x!#$%&'*+-/=?^_`{|}~@example.org", "a@xn--bcher-kva.example",
        "\(String(repeating: "a", count: 64))@example.com",
    ])
    func acceptsPlainAddresses(_ text: String) { #expect(EmailAddress(text)?.description == text) }

    @Test(arguments: [
        "", "a", "@example.com", "a@", "a@b", "a@@example.com", "a b@example.com", "a@exa mple.com", ".a@example.com",
        "a.@example.com", "a..b@example.com", "\"a\"@example.com", "a@[127.0.0.1]", "a@127.0.0.1", "a@example.123",
        "a@-example.com", "a@example-.com", "a@example..com", "a@example.com.", "a@bücher.example", "ä@example.com",
        "a@example.com\r\nRCPT TO:<b@example.com>", "a\n@example.com", "a\u{0}@example.com", "<a@example.com>",
        "a@example.com,b@example.com", "a@example.com>", "\(String(repeating: "a", count: 65))@example.com",
        "a@\(String(repeating: "b", count: 64)).com", "a@\(String(repeating: "bbbbbbb.", count: 32))com",
    ])
    func rejectsEverythingElse(_ text: String) { #expect(EmailAddress(text) == nil) }

    @Test func hidesTheLocalPart() { #expect(EmailAddress("alice@example.com")?.masked == "a***@example.com") }

    @Test(
        arguments: [
            ("a@example.com", nil, "a@example.com"), ("Acme Status <a@example.com>", "Acme Status", "a@example.com"),
        ] as [(String, String?, String)])
    func readsMailboxes(_ text: String, _ name: String?, _ address: String) {
        #expect(Mailbox(text) == EmailAddress(address).map { Mailbox(name: name, address: $0) })
    }

    @Test(arguments: ["<a@example.com>", "Acme", "Acme <a>", "Ac\nme <a@example.com>", "Acme <a@example.com> x"])
    func rejectsOtherMailboxes(_ text: String) { #expect(Mailbox(text) == nil) }
}
