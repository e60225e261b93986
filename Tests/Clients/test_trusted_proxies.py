"""Tests which forwarded fields the server trusts, and from which proxies."""

import http.client
import pathlib
import re
import shutil
import tempfile
import unittest

import certificates
from server import PAGES, Server
from test_proxy import HOST, SUMMARY, Nginx, free_port
from test_tls import client_context

STRANGER = "203.0.113.7"


def ask(port, path, fields, context=None, source=None):
    """Sends a GET, and returns the response, read to its end."""
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    connection = kind("127.0.0.1", port, timeout=30, source_address=source, **({"context": context} if context else {}))
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"Host": "localhost", **fields}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    response.body = response.read()
    connection.close()
    return response


def remote(server, path):
    """The client of the request for this path, according to the log."""
    return server.until(lambda: re.search(rf"path={path} .*\bremote=(\S*)", server.log_text())).group(1)


class TrustedProxiesTests(unittest.TestCase):
    """Sends the same requests to a server that trusts the sender and to one that trusts no address."""

    @classmethod
    def setUpClass(cls):
        cls.servers = []
        for trusted in (["127.0.0.1"], []):
            port, redirecting = free_port(), free_port()
            server = Server(
                trusted_proxies=trusted,
                listen=[f"127.0.0.1:{port}",
                        {"address": f"127.0.0.1:{redirecting}", "redirect_to_https_port": 443, "hsts_seconds": 300}])
            cls.addClassCleanup(server.stop)
            cls.servers.append((bool(trusted), server, port, redirecting))

    def test_client_address_in_log(self):
        for trusting, server, port, _ in self.servers:
            for number, fields in enumerate([
                {"X-Forwarded-For": STRANGER}, {"Forwarded": f"for={STRANGER}"},
                # The last address that is not a trusted proxy's is the client's. A client can make up everything before it.
                {"X-Forwarded-For": f"198.51.100.1, {STRANGER}"}, {"X-Forwarded-For": f"{STRANGER}, 127.0.0.1"},
                {"X-Forwarded-For": STRANGER, "Forwarded": f"for={STRANGER}"},
            ]):
                path = f"/client/{number}"
                self.assertEqual(ask(port, path, fields).status, 404)
                self.assertEqual(remote(server, path), STRANGER if trusting else "127.0.0.1", fields)
            ask(port, "/client/alone", {})
            self.assertEqual(remote(server, "/client/alone"), "127.0.0.1")

    def test_connection_for_several_clients(self):
        for trusting, server, port, _ in self.servers:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            self.addCleanup(connection.close)
            for number, client in enumerate([STRANGER, None, "2001:db8::7"]):
                connection.request("GET", f"/kept/{number}", headers={"X-Forwarded-For": client} if client else {})
                connection.getresponse().read()
                expected = client if trusting and client else "127.0.0.1"
                self.assertEqual(remote(server, f"/kept/{number}"), expected)

    def test_untrusted_client_is_ignored(self):
        _, server, port, _ = self.servers[0]
        ask(port, "/from/elsewhere", {"X-Forwarded-For": STRANGER}, source=("127.0.0.9", 0))
        self.assertEqual(remote(server, "/from/elsewhere"), "127.0.0.9")

    def test_page_by_domain(self):
        for trusting, _, port, _ in self.servers:
            for fields in ({"X-Forwarded-Host": HOST}, {"Forwarded": f"host={HOST}"}):
                response = ask(port, SUMMARY, fields)
                self.assertEqual(response.status, 200 if trusting else 404, fields)
                self.assertEqual(b"Acme Status" in response.body, trusting)
            # Here Host is the page's, but the forwarded host is not.
            response = ask(port, SUMMARY, {"Host": HOST, "X-Forwarded-Host": "localhost"})
            self.assertEqual(response.status, 404 if trusting else 200)

    def test_scheme(self):
        for trusting, _, _, port in self.servers:
            for fields in ({"X-Forwarded-Proto": "https"}, {"Forwarded": "proto=https"}):
                response = ask(port, f"/acme{SUMMARY}", fields)
                self.assertEqual(response.status, 200 if trusting else 308, fields)
                strict = response.getheader("Strict-Transport-Security")
                self.assertEqual(strict, "max-age=300" if trusting else None)
            for fields in ({"X-Forwarded-Proto": "http"}, {}):
                response = ask(port, f"/acme{SUMMARY}", {"Host": HOST, **fields})
                self.assertEqual(response.status, 308)
                self.assertEqual(response.getheader("Location"), f"https://{HOST}/acme{SUMMARY}")
                self.assertIsNone(response.getheader("Strict-Transport-Security"))

    def test_contradicting_fields_are_rejected(self):
        for trusting, _, port, _ in self.servers:
            for fields in ({"Forwarded": f"for={STRANGER}", "X-Forwarded-For": "198.51.100.1"},
                           {"Forwarded": "proto=https", "X-Forwarded-Proto": "http"},
                           {"Forwarded": f"host={HOST}", "X-Forwarded-Host": "localhost"},
                           {"Forwarded": "for="}):
                response = ask(port, f"/acme{SUMMARY}", fields)
                self.assertEqual(response.status, 400 if trusting else 200, fields)
                self.assertEqual(b"Forwarded" in response.body, trusting)


class NginxTests(unittest.TestCase):
    """Tests the same through nginx, which speaks TLS to clients and HTTP to the server."""

    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-proxies-"))
        self.addCleanup(shutil.rmtree, folder)
        crt, key = certificates.make(folder, "nginx", HOST)
        port = free_port()
        self.server = Server(
            trusted_proxies=["127.0.0.1"],
            listen=[{"address": f"127.0.0.1:{port}", "redirect_to_https_port": 443, "hsts_seconds": 300}],
            pages=[{**PAGES[0], "cache": {"max_age": 0, "stale_while_revalidate": 0, "stale_if_error": 0}}])
        self.addCleanup(self.server.stop)
        self.tls_port = free_port()
        self.nginx = Nginx(port, replacing={
            "proxy_set_header Host $host;": """
                listen 127.0.0.1:%d ssl;
                ssl_certificate %s;
                ssl_certificate_key %s;
                proxy_set_header Host inside.example;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $host;
                proxy_set_header Forwarded "";""" % (self.tls_port, crt, key)})
        self.addCleanup(self.nginx.stop)
        self.context = client_context(alpn=())

    def test_client_address(self):
        # nginx keeps the fields that clients make up, and appends the address that it knows.
        for number, fields in enumerate([{}, {"X-Forwarded-For": STRANGER}, {"Forwarded": f"for={STRANGER}"}]):
            path = f"/v2/nothing/{number}"
            response = ask(self.tls_port, path, {"Host": HOST, **fields}, self.context, ("127.0.0.9", 0))
            self.assertIn(response.status, (401, 404))
            self.assertEqual(remote(self.server, path), "127.0.0.9", fields)

    def test_page_and_scheme(self):
        response = ask(self.tls_port, SUMMARY, {"Host": HOST}, self.context)
        self.assertEqual(response.status, 200)
        self.assertIn(b"Acme Status", response.body)
        self.assertEqual(response.getheader("Strict-Transport-Security"), "max-age=300")
        response = ask(self.nginx.port, "/v2/status_pages?a=b", {"Host": HOST, "X-Forwarded-Proto": "https"})
        self.assertEqual(response.status, 308)
        self.assertEqual(response.getheader("Location"), f"https://{HOST}/v2/status_pages?a=b")


if __name__ == "__main__":
    unittest.main()
