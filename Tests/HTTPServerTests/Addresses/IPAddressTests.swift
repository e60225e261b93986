import Glibc
import TestSupport
import Testing

@testable import HTTPServer

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "An address is read in every form, and written in the canonical one",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("2001:db8::", "2001:db8::"),
            ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"), ("fe80::1", "fe80::1"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"), ("::FFFF:0:0", "0.0.0.0"),
            ("0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"),
            // Not mapped, although they contain the same 32 bits.
            ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("::1:ffff:192.0.2.1", "::1:ffff:c000:201"),
            ("1::ffff:192.0.2.1", "1::ffff:c000:201"),
        ])
    func read(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(withBytes(text) { IPAddress($0) } == address)
        #expect(address.isIPv4 == !canonical.contains(":"))
    }

    @Test(
        "Anything else is not an address",
        arguments: [
            "", " ", ".", ":", ":::", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1..2.3",
            "256.0.0.1", "1.2.3.1000", "-1.2.3.4", "+1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1.2.3.4\0",
            "\u{0}1.2.3.4", "::1\0", "1.2.3.4:80", "1.2.3.4/32", "a.example", "localhost", "unknown",
            // Text that inet_aton would read as octal, hexadecimal or shorter forms.
            "010.0.0.1", "1.2.3.04", "00.0.0.0", "0x7f.0.0.1", "0x7f000001", "2130706433", "127.1",
            "[::1]", "::1]", "[::1", "::1%lo", "fe80::1%1", "::1/128", "1::2::3", "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::ffff:1.2.3", "::ffff:256.1.1.1", "::ffff:01.2.3.4", "1.2.3.4::",
            "١.٢.٣.٤", "１.2.3.4",
            "2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000:0000:0000:0000:0000:0000",
        ])
    func refused(_ text: String) {
        #expect(IPAddress(text) == nil)
        #expect(withBytes(text) { IPAddress($0) } == nil)
    }

    @Test("Text of any length can be parsed", arguments: 0..<60)
    func lengths(count: Int) {
        #expect(IPAddress(String(repeating: "1", count: count)) == nil)
        #expect(IPAddress(String(repeating: ":", count: count)) == (count == 2 ? IPAddress(high: 0, low: 0) : nil))
    }

    @Test("Every address reads back as it was written")
    func roundTrip() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            // Many of them have runs of zeros, which have a short form.
            let high = random.next() & random.next() & random.next()
            let low = random.next() & random.next() & random.next()
            let six = IPAddress(high: high, low: low)
            #expect(IPAddress(six.description) == six)
            let four = IPAddress(high: 0, low: 0xFFFF << 32 | low >> 32)
            #expect(four.isIPv4)
            #expect(IPAddress(four.description) == four)
            #expect(IPAddress("::ffff:\(four)") == four)
        }
    }

    @Test(
        "Connections are counted by address, in IPv6 by /64",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2::", "2001:db8:1:2::"), ("::1", "::"),
        ])
    func network(_ text: String, _ network: String) {
        #expect(IPAddress(text)?.network.description == network)
    }

    @Test("The address of a socket is taken from the kernel's structure")
    func socketAddresses() throws {
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = UInt16(80).bigEndian
        inet_pton(AF_INET, "192.0.2.1", &four.sin_addr)
        #expect(IPAddress(storage(of: four)) == IPAddress("192.0.2.1"))

        for text in ["2001:db8::1:2", "::ffff:192.0.2.1"] {
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = UInt16(80).bigEndian
            six.sin6_scope_id = 3
            inet_pton(AF_INET6, text, &six.sin6_addr)
            #expect(IPAddress(storage(of: six)) == IPAddress(text))
        }

        var unix = sockaddr_un()
        unix.sun_family = sa_family_t(AF_UNIX)
        #expect(IPAddress(storage(of: unix)) == nil)
        #expect(IPAddress(sockaddr_storage()) == nil)
    }

    private func storage<Address>(of address: Address) -> sockaddr_storage {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { target in
            withUnsafeBytes(of: address) { target.copyMemory(from: $0) }
        }
        return storage
    }
}
