"""Pastes the banner of the dashboard's screen "Widget API" into a page of another site, and looks at it in Chromium."""

import http.server
import threading
import unittest

from browser import shared_browser
from dashboard import Dashboard
from publishing import Publisher
from server import Server
from test_proxy import free_port

HOSTILE = "<img src=x onerror=document.title='run'> & \"more\""


class Site(http.server.BaseHTTPRequestHandler):
    """Another site, with the snippet in its page."""

    snippet = ""

    def do_GET(self):
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Shop</title>'
        body = f"{head}<main><h1>Shop</h1>{self.snippet}</main>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def setUpModule():
    global browser
    browser = shared_browser()


class BannerTests(unittest.TestCase):
    def test_banner_on_another_site(self):
        port = free_port()
        # Chromium keeps the widget for `max_age` seconds.
        pages = [{"slug": "acme", "name": "Acme Status", "cache": {"max_age": 0},
                  "structure": [{"component": {"key": "website", "name": "Website"}}]}]
        server = Server(listen=f"127.0.0.1:{port}", public_url=f"http://localhost:{port}", pages=pages)
        self.addCleanup(server.stop)
        screen = Dashboard(server, browser).set_up().open("/pages/acme/settings/widget")
        Site.snippet = screen.field("Banner snippet").get_attribute("value")
        site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.server_close)
        self.addCleanup(site.shutdown)
        url = f"http://127.0.0.1:{site.server_address[1]}/"

        publisher = Publisher(server)
        incident = publisher.declare(HOSTILE, components={"Website": "full_outage"})
        browser.open(url)
        browser.until("return !document.getElementById('allclear-banner').hidden")
        self.assertEqual(browser.text("#allclear-banner"), f"{HOSTILE}: investigating")
        self.assertEqual(browser.run("return document.title"), "Shop")
        link = browser.find("#allclear-banner a").get_attribute("href")
        self.assertRegex(link, rf"^http://localhost:{port}/acme/incidents/")
        self.assertEqual(browser.violations(), {})
        # An open page follows.
        publisher.update(incident, status="resolved")
        browser.until("return document.getElementById('allclear-banner').hidden")
        self.assertEqual(browser.complaints(), [])


if __name__ == "__main__":
    unittest.main()
