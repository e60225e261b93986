import Testing

@testable import HTTPServer

@Suite("Address blocks")
struct AddressBlockTests {
    @Test(
        "A block is read, and written in the canonical form",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1"), ("192.0.2.1/32", "192.0.2.1"),
            ("0.0.0.0/0", "0.0.0.0/0"), ("128.0.0.0/1", "128.0.0.0/1"), ("192.0.2.254/31", "192.0.2.254/31"),
            ("2001:DB8::/32", "2001:db8::/32"), ("::1", "::1"), ("::1/128", "::1"), ("::/0", "::/0"),
            ("2001:db8:0:1::/64", "2001:db8:0:1::/64"), ("2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::/65"),
            ("fe80::/10", "fe80::/10"),
            // The same IPv4 blocks in mapped form.
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:0:0/96", "0.0.0.0/0"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ])
    func read(_ text: String, _ canonical: String) throws {
        let block = try #require(AddressBlock(text))
        #expect(block.description == canonical)
        #expect(AddressBlock(canonical) == block)
    }

    @Test(
        "Other text is not a block, and neither is one with bits set after its prefix",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/104", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
            "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0 /8", " 10.0.0.0/8", "10.0.0.0/8 ", "10.0.0.0/00", "10/8",
            "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999999999999", "10.0.0.0/٨", "::/129", "::/", "unix", "*",
            "a.example/8",
            "10.0.0.1/8", "10.1.0.0/15", "192.0.2.1/31", "0.0.0.1/0", "128.0.0.0/0", "2001:db8::1/32", "::1/127",
            "::1/64", "2001:db8:0:1::/63", "2001:db8:0:0:8000::/64", "8000::/0", "::ffff:10.0.0.0/95",
            "::ffff:10.0.0.1/104",
        ])
    func refused(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test(
        "A block contains the addresses with its prefix",
        arguments: [
            ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255", "11.0.0.0", "::"]),
            ("10.0.0.0/9", ["10.127.255.255"], ["10.128.0.0"]),
            ("192.0.2.1", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2", "::1"]),
            ("192.0.2.254/31", ["192.0.2.254", "192.0.2.255"], ["192.0.2.253"]),
            ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "::1", "ffff::"]),
            ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::", "2001:db9::", "10.0.0.1"]),
            ("2001:db8:0:1::/64", ["2001:db8:0:1:ffff::"], ["2001:db8::", "2001:db8:0:2::"]),
            ("2001:db8:0:0:8000::/65", ["2001:db8:0:0:8000::1"], ["2001:db8:0:0:7fff::", "2001:db8:0:1:8000::"]),
            ("2001:db8:8000::/33", ["2001:db8:8000::1"], ["2001:db8:7fff::1"]),
            ("::1", ["::1"], ["::", "::2", "1::1", "0.0.0.1"]),
            // All of IPv6, but no IPv4 address.
            ("::/0", ["::", "ffff::1"], ["10.0.0.1", "::ffff:10.0.0.1"]),
            ("::/80", ["::1"], ["::ffff:10.0.0.1"]),
        ])
    func containment(_ text: String, _ inside: [String], _ outside: [String]) throws {
        let block = try #require(AddressBlock(text))
        for address in inside { #expect(block.contains(try #require(IPAddress(address)))) }
        for address in outside { #expect(!block.contains(try #require(IPAddress(address)))) }
    }
}
