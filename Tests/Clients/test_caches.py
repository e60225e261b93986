"""Tests caches in front of the server, with the configurations of docs/operations.md, and their purges."""

import gzip
import http.client
import json
import re
import subprocess
import time
import unittest

import hooksink
from server import BINARY, PAGES, Server
from test_live_proxies import DocumentedVarnish, OPERATIONS
from test_proxy import HOST, Nginx, free_port

SUMMARY = "/api/v1/summary"
LONG = "A name that is long enough to be worth compressing, as the names of incidents often are"


class Varnish(DocumentedVarnish):
    """The documented configuration with a grace of 1 s, so that the tests need not wait 30 s for it to end."""

    def command(self, folder, server_port):
        command = super().command(folder, server_port)
        file = folder / "allclear.vcl"
        text = file.read_text()
        assert "req.grace = 30s" in text
        file.write_text(text.replace("req.grace = 30s", "req.grace = 1s"))
        return command


def get(port, path, **fields):
    """Sends a GET for the page's domain, and returns the response and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": HOST, **{name.replace("_", "-"): value for name, value in fields.items()}}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


class CacheTests(unittest.TestCase):
    """A server whose page may be cached for a second, and caches in front of it."""

    cache = {"max_age": 1, "stale_while_revalidate": 1}
    settings = {}

    def setUp(self):
        self.server_port = free_port()
        self.server = Server(
            listen=f"127.0.0.1:{self.server_port}", trusted_proxies=["127.0.0.1"],
            pages=[{**PAGES[0], "cache": self.cache}], **self.settings)
        self.addCleanup(self.server.stop)
        self.token = self.server.key("status_page_publisher")
        self.page = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"][0]["id"]

    def behind(self, kind):
        proxy = kind(self.server_port)
        self.addCleanup(proxy.stop)
        return proxy

    def declare(self, name):
        self.server.call("POST", "/v2/status_page_incidents", {
            "status_page_id": self.page, "name": name, "incident_status": "investigating", "message": "We look.",
            "idempotency_key": name, "notify_subscribers": False}, self.token)

    def until(self, port, path, text):
        """Reads through a cache until the document has the text."""
        for _ in range(1500):
            response, body = get(port, path)
            self.assertEqual(response.status, 200, body)
            if text.encode() in body:
                return response
            time.sleep(0.02)
        self.fail(f"{path} never had {text!r}")


class StaleTests(CacheTests):
    def test_documents_survive_the_server_and_become_fresh_again(self):
        self.declare("First")
        paths = [SUMMARY, "/", "/feed.rss", "/api/v2/status.json", "/uk"]
        proxies = [self.behind(kind) for kind in (Nginx, Varnish)]
        for proxy in proxies:
            for path in paths:
                self.assertEqual(get(proxy.port, path)[0].status, 200, path)
            self.until(proxy.port, "/", "First")
        self.server.process.kill()
        self.server.process.wait(timeout=30)
        # Longer than `max-age` and everything else but `stale-if-error`.
        time.sleep(4)
        for proxy in proxies:
            for path in paths * 2:
                with self.subTest(proxy=type(proxy).__name__, path=path):
                    response, body = get(proxy.port, path)
                    self.assertEqual(response.status, 200)
                    if path in (SUMMARY, "/"):
                        self.assertIn(b"First", body)
        self.server.start()
        self.declare("Second")
        for proxy in proxies:
            for path in (SUMMARY, "/"):
                with self.subTest(proxy=type(proxy).__name__, path=path):
                    self.until(proxy.port, path, "Second")

    def test_forms_do_not_mix_and_conditions_work(self):
        self.declare(LONG)
        for kind in (Nginx, Varnish):
            port = self.behind(kind).port
            for path in (SUMMARY, "/", "/badge.svg"):
                with self.subTest(kind.__name__, path=path):
                    plain = get(port, path, Accept_Encoding="identity")[1]
                    for coding in ("gzip", "identity", "gzip", "identity"):
                        response, body = get(port, path, Accept_Encoding=coding)
                        found = response.getheader("Content-Encoding")
                        self.assertIn(found, (None, coding))
                        self.assertEqual(gzip.decompress(body) if found else body, plain)
                        tag = response.getheader("ETag")
                        response, body = get(port, path, Accept_Encoding=coding, If_None_Match=tag)
                        self.assertEqual((response.status, body), (304, b""))

    def test_languages_do_not_mix(self):
        page = {**PAGES[0], "site": {"locales": ["en", "de"]}, "cache": self.cache}
        config = json.loads(self.server.config.read_text())
        self.server.config.write_text(json.dumps({**config, "pages": [page]}))
        self.server.terminate()
        self.server.start()
        for kind in (Nginx, Varnish):
            port = self.behind(kind).port
            for language in ("de", "en", "de", "en"):
                response, body = get(port, "/", Accept_Language=language)
                self.assertEqual(response.getheader("Content-Language"), language)
                self.assertIn(f'<html lang="{language}"'.encode(), body)


class PurgeTests(CacheTests):
    """Documents may be cached for an hour, so only a purge makes a change visible."""

    cache = {"max_age": 3600, "stale_while_revalidate": 3600}

    def purging(self, heading, port):
        """The documented element of `purge`, with the port of a cache."""
        row = re.search(rf"^\| {re.escape(heading)} \| `(.*)` \|$", OPERATIONS, re.MULTILINE).group(1)
        assert "127.0.0.1:80/" in row
        return json.loads(row.replace("127.0.0.1:80/", f"127.0.0.1:{port}/"))

    def configure(self, **settings):
        """Adds settings, and reloads."""
        config = json.loads(self.server.config.read_text())
        self.server.config.write_text(json.dumps({**config, **settings}))
        before = self.server.log_text().count("configuration applied")
        self.server.process.send_signal(1)
        self.server.until(lambda: self.server.log_text().count("configuration applied") > before)

    def metric(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return int(re.search(rf"^{re.escape(name)} (\d+)$", text, re.MULTILINE).group(1))

    def test_varnish_bans_a_page_and_purges_a_document(self):
        for number, heading in enumerate(("Varnish as above, a page", "Varnish as above, a document")):
            with self.subTest(heading):
                varnish = self.behind(DocumentedVarnish)
                self.configure(cache_tags=True, webhooks={"allowed_networks": ["127.0.0.1"]},
                               public_url="http://status.acme.example", purge=[self.purging(heading, varnish.port)])
                paths = [SUMMARY, "/", "/api/v2/summary.json"]
                for path in paths:
                    get(varnish.port, path)
                self.declare(f"News {number}")
                for path in paths:
                    self.until(varnish.port, path, f"News {number}")
                # After the purges, the cache keeps documents again.
                self.server.until(lambda: self.metric("allclear_purges_pending") == 0)
                get(varnish.port, SUMMARY)
                self.assertEqual(len(get(varnish.port, SUMMARY)[0].getheader("X-Varnish").split()), 2)
        self.assertEqual(self.metric('allclear_purges_total{outcome="failed"}'), 0)

    def test_without_a_purge_the_cache_keeps_the_document(self):
        varnish = self.behind(DocumentedVarnish)
        get(varnish.port, SUMMARY)
        self.declare("News")
        self.assertNotIn(b"News", get(varnish.port, SUMMARY)[1])

    def test_strangers_cannot_purge(self):
        varnish = self.behind(DocumentedVarnish)
        for method in ("BAN", "PURGE"):
            connection = http.client.HTTPConnection(
                "127.0.0.1", varnish.port, timeout=30, source_address=("127.0.0.9", 0))
            connection.request(method, "/", headers={"X-Key": ".", "X-URL": "http://a/"})
            self.assertEqual(connection.getresponse().status, 403)
            connection.close()

    def test_requests_follow_a_change_and_are_repeated(self):
        with hooksink.Sink() as sink:
            sink.answer(503, path="/all/page-acme", times=1)
            self.configure(webhooks={"allowed_networks": ["127.0.0.1"]}, purge=[
                {"method": "POST", "url": f"{sink.url}/all/{{key}}", "headers": {"X-Token": "t"},
                 "body": '["{page}"]'}])
            # The reload purges the page; the first attempt fails.
            self.server.until(lambda: len(sink.at("/all/page-acme")) == 2)
            call = sink.at("/all/page-acme")[0]
            self.assertEqual(call.body, ["acme"])
            self.assertEqual(call.headers["x-token"], "t")
            self.assertEqual(call.headers["content-type"], "application/json")
            self.declare("News")
            self.server.until(lambda: len(sink.at("/all/page-acme")) == 3)
            self.server.until(lambda: self.metric("allclear_purges_pending") == 0)
            self.assertEqual(self.metric('allclear_purges_total{outcome="accepted"}'), 2)
            self.assertEqual(self.metric('allclear_purges_total{outcome="failed"}'), 1)
            self.server.until_logged("the answer has the status 503")

    def test_check_reports_a_private_network(self):
        config = json.loads(self.server.config.read_text())
        purge = [{"method": "BAN", "url": "http://127.0.0.1:6081/"}]
        self.server.config.write_text(json.dumps({**config, "purge": purge}))
        run = subprocess.run(
            [BINARY, "check", "--config", str(self.server.config)], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 78)
        self.assertIn("/purge/0/url", run.stderr)
        self.assertIn("webhooks.allowed_networks", run.stderr)


class DocumentedPurgeTests(unittest.TestCase):
    def test_examples_are_valid(self):
        rows = re.findall(r"^\| (?:Varnish|Fastly|Cloudflare)[^|]* \| `(\{.*\})` \|$", OPERATIONS, re.MULTILINE)
        self.assertGreaterEqual(len(rows), 5)
        Server(webhooks={"allowed_networks": ["127.0.0.1"]}, purge=[
            # Nothing outside of this machine is called.
            {**json.loads(row), "url": re.sub(r"https?://[^/]+", "http://127.0.0.1:9", json.loads(row)["url"])}
            for row in rows]).stop()


if __name__ == "__main__":
    unittest.main()
