import Testing

@testable import Notifications

@Suite("URLs and addresses of endpoints")
struct EndpointURLTests {
    private enum Verdict: String {
        case ok, format, address
    }

    private func verdict(_ text: String, _ settings: WebhookSettings = WebhookSettings()) -> Verdict {
        do throws(EndpointURL.Invalid) {
            #expect(try EndpointURL(text, under: settings).text == text)
            return .ok
        } catch {
            if case .format = error { return .format }
            return .address
        }
    }

    @Test(
        "URLs that endpoints may have",
        arguments: [
            "https://hooks.example.com", "https://hooks.example.com/", "HTTPS://Hooks.Example.com/a/b?c=d&e=%20",
            "https://hooks.example.com:8443/x", "https://hooks.example.com./x", "https://h", "https://a_b.example/x",
            "https://8.8.8.8/x", "https://[2606:4700::1111]/x", "https://[2606:4700::1111]:443/x",
            "https://xn--bcher-kva.example/x", "https://134744072/", "https://0x08080808/", "https://8.526344/",
            "https://[::ffff:8.8.8.8]/", "https://[64:ff9b::808:808]/", "https://[2002:808:808::1]/",
            "https://localhost.example/", "https://127.0.0.1.example/", "https://1.example/", "https://0x7f.example/",
            "https://hooks.example.com?a=https://127.0.0.1/",
        ])
    func allowed(url: String) { #expect(verdict(url) == .ok) }

    @Test(
        "Texts that are not URLs of endpoints",
        arguments: [
            "", "hooks.example.com", "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd",
            "https:hooks.example.com", "https:///x", "https://", "https://?x", "https://:443/", "//hooks.example.com/",
            "https://user@hooks.example.com/", "https://user:pw@hooks.example.com/", "https://a@b@c.example/",
            "https://hooks.example.com\\@127.0.0.1/", "https://hooks.example.com/#a", "https://hooks.example.com#@x",
            "https://hooks.example.com:0/", "https://hooks.example.com:65536/", "https://hooks.example.com:/",
            "https://hooks.example.com:x/", "https://hooks.example.com:+1/", "https://[::1", "https://[::1]x/",
            "https://[]/", "https://[1.2.3.4]/", "https://[fe80::1%25eth0]/", "https://::1/", "https://[::g]/",
            "https://bücher.example/", "https://h\u{AD}ooks.example/", "https://hooks.example.com/ a",
            "https://hooks.example.com/\r\nX: y", "https://hooks.example.com/\0", "https://%31%32%37.0.0.1/",
            "https://hooks..example/", "https://.example/", "https://*.example/", "https://a,b/", "https://a'b/",
            "https://1.2.3.4.5/", "https://256.1.1.1/", "https://1.2.3.256/",
            "https://4294967296/", "https://0x100000000/", "https://09.1.1.1/", "https://08/", "https://hooks.123/",
            "https://a.0x1/", "https://1..2/", "https://\(String(repeating: "a", count: 64)).example/",
            "https://\(String(repeating: "a.", count: 127))example/",
            "https://hooks.example.com/\(String(repeating: "a", count: 2_048))",
        ])
    func malformed(url: String) { #expect(verdict(url) == .format) }

    @Test(
        "Hosts that lead to this machine or a private network, in every spelling",
        arguments: [
            "localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost.", "localhost:8080",
            "127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0X7F.1", "0x7f000001", "2130706433", "017700000001", "0177.1",
            "127.0.0.1.", "127.0x0.0.01", "0", "0.0.0.0", "00", "0x",
            "10.0.0.1", "012.1.2.3", "172.16.0.1", "192.168.1.1", "3232235777", "169.254.169.254", "2852039166",
            "0xa9fea9fe", "100.64.0.1", "224.0.0.1", "255.255.255.255",
            "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[fe80::1]", "[fd00::1]",
            "[ff02::1]", "[fec0::1]", "[2001:db8::1]", "[::ffff:0:127.0.0.1]",
        ])
    func forbidden(host: String) {
        #expect(verdict("https://\(host)/x") == .address)
        var settings = WebhookSettings()
        settings.httpsOnly = false
        #expect(verdict("http://\(host)", settings) == .address)
    }

    @Test("Networks that the configuration allows")
    func allowedNetworks() {
        var settings = WebhookSettings()
        settings.httpsOnly = false
        settings.allowedNetworks = ["127.0.0.0/8", "10.1.0.0/16", "fd00::/8"].compactMap(InternetNetwork.init)
        for host in ["localhost", "127.1", "10.1.2.3", "[fd00::1]", "[::ffff:10.1.2.3]", "[64:ff9b::a01:203]"] {
            #expect(verdict("http://\(host)/", settings) == .ok, "\(host)")
        }
        for host in ["10.2.0.1", "192.168.0.1", "[::1]", "[fe80::1]"] {
            #expect(verdict("http://\(host)/", settings) == .address, "\(host)")
        }
    }

    @Test(
        "Addresses of ordinary hosts",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
            "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
            "223.255.255.255",
            "2000::", "2001:200::", "2606:4700::1111", "2a00:1450::1", "3ffe::1", "3fff:1000::",
            "2620:4f:7fff:ffff::1", "2620:4f:8001::", "2001:db7:ffff::1", "2001:db9::", "2003::1",
            "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::",
        ])
    func global(text: String) throws { #expect(AddressPolicy.isGlobal(try #require(InternetAddress(text)))) }

    @Test(
        "Addresses with a special purpose",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0",
            "127.255.255.255", "169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
            "192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.0.255", "192.0.2.0", "192.31.196.1", "192.52.193.1",
            "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255",
            "198.51.100.1", "203.0.113.1", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
            "::", "::1", "::2", "::127.0.0.1", "::ffff:0:0", "::ffff:10.0.0.1", "::ffff:255.255.255.255",
            "64:ff9b::", "64:ff9b::10.0.0.1", "64:ff9b::ffff:ffff", "64:ff9b:1::1", "64:ff9b:0:1::808:808", "100::1",
            "100:0:0:1::1", "1fff:ffff::1", "2001::", "2001::1", "2001:1::1", "2001:1::2", "2001:2::1", "2001:3::1",
            "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::1", "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:a00:1::", "2002:c0a8:1:2::1", "2002:e000:1::",
            "2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1", "8000::1", "fc00::1",
            "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff00::1", "ff02::1", "ff0e::1",
        ])
    func special(text: String) throws { #expect(!AddressPolicy.isGlobal(try #require(InternetAddress(text)))) }

    @Test(
        "Networks",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "::1", true), ("::/0", "1.2.3.4", false),
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4/32", "1.2.3.5", false), ("fd00::/8", "fdff::1", true), ("::1/128", "::1", true),
            ("::1", "::2", false),
        ])
    func networks(network: String, address: String, contains: Bool) throws {
        let network = try #require(InternetNetwork(network))
        #expect(network.contains(try #require(InternetAddress(address))) == contains)
    }

    @Test(
        "Texts that are not networks",
        arguments: [
            "", "/8", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "10/8", "::/129",
            "fd00::1/8", "localhost", "10.0.0.0/8/8", "10.0.0.0/0x8", "10.0.0.0\0/8",
        ])
    func notNetworks(text: String) { #expect(InternetNetwork(text) == nil) }
}
