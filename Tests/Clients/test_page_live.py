"""Tests that an open page follows what publishers write, without disturbing its reader."""

import re
import socket
import struct
import threading
import unittest
import urllib.parse
import urllib.request

from browser import shared_browser
from publishing import Publisher
from server import Server

PAGES = [{
    "slug": "acme", "name": "Acme Status", "site": {"locales": ["en", "de"]},
    "structure": [
        {"component": {"key": "website", "name": "Website"}},
        {"group": {"key": "eu", "name": "EU", "components": [
            {"key": "login", "name": "Login"}, {"key": "api", "name": "API"}]}},
        *({"component": {"key": f"c{number}", "name": f"Component {number}"}} for number in range(20)),
    ],
}]


class Cable:
    """A proxy between the browser and the server. It can be cut, or lose its connections without notice."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.server = (address.hostname, address.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lock = threading.Lock()
        self.sockets = set()
        self.lost = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.server)
            except OSError:
                return
            with self.lock:
                self.sockets |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(source, target, client), daemon=True).start()

    def copy(self, source, target, client):
        try:
            while data := source.recv(65536):
                if client in self.lost:
                    # Resets the connection.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()
                    return
                target.sendall(data)
            if target not in self.lost:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def lose(self):
        """Ends all connections to the server. The browser notices only when it sends something on them, as after a long
        sleep."""
        with self.lock:
            self.lost |= self.sockets
            for one in self.sockets:
                # Only the sockets to the server. The browser's sockets stay open.
                if one.getsockname() != self.listener.getsockname():
                    one.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Ends all connections at once."""
        with self.lock:
            for one in self.sockets:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()
            self.sockets.clear()

    def close(self):
        self.listener.close()
        self.cut()


def setUpModule():
    global browser
    browser = shared_browser()


class LiveTests(unittest.TestCase):
    def setUp(self):
        self.server = Server(pages=PAGES)
        self.addCleanup(lambda: self.server.stop())
        self.publisher = Publisher(self.server)
        browser.size(1280, 600)

    def follow(self, path="/acme", url=None):
        """Opens a page, and marks the window: the mark is gone if the page is loaded again."""
        browser.open((url or self.server.url) + path)
        browser.run("window.isFirst = true")

    def wait_for(self, text):
        browser.until("return document.querySelector('main').textContent.includes(arguments[0])", text)
        self.assertTrue(browser.run("return window.isFirst === true"), "the page was loaded again")

    def test_page_follows_incident_without_reload(self):
        self.follow()
        self.assertEqual(browser.find("#state").get_attribute("data-state"), "operational")
        browser.run("document.querySelector('#state').isFirst = true")
        icon = "return document.querySelector('link[rel=icon]').href"
        before = browser.run(icon)
        incident = self.publisher.declare("Login fails", "First message.", components={"Login": "full_outage"})
        self.wait_for("First message.")
        self.assertEqual(browser.find("#state").get_attribute("data-state"), "full_outage")
        self.assertEqual(browser.find("#state").get_attribute("role"), "status")
        # Screen readers announce changes within an element, not a new one.
        self.assertTrue(browser.run("return document.querySelector('#state').isFirst === true"))
        self.assertTrue(browser.driver.title.startswith("Full outage"), browser.driver.title)
        self.assertNotEqual(browser.run(icon), before)
        self.publisher.update(incident, "Second message.")
        self.wait_for("Second message.")
        self.publisher.update(incident, "Third message.", "resolved")
        self.wait_for("Third message.")
        self.assertEqual(browser.find("#state").get_attribute("data-state"), "operational")
        self.assertEqual(browser.all("#incidents"), [])
        self.assertEqual(browser.run(icon), before)
        # The attribute `data-version` is the id of the stream's newest event.
        self.assertTrue(browser.run("return document.documentElement.dataset.version !== ''"))

    def test_update_keeps_focus_scroll_and_details(self):
        first = self.publisher.declare("Slow website", components={"Website": "degraded_performance"})
        self.follow()
        # Open a closed section, put the focus on a link, and scroll.
        browser.run("""
            document.querySelector('[data-group] details.members').open = true;
            const link = document.querySelector('#past .all a');
            link.focus();
            document.querySelector('[data-component]:last-of-type').scrollIntoView({ block: 'start' });
            """)
        place = """
            const items = document.querySelectorAll('#components > ul > [data-component]');
            return items[items.length - 1].getBoundingClientRect().top"""
        before = browser.run(place)
        self.assertGreater(browser.run("return scrollY"), 100)
        # Everything below moves down by the new incident.
        self.publisher.declare("Login fails", "A new message.", components={"Login": "partial_outage"})
        self.wait_for("A new message.")
        self.assertTrue(browser.run("return document.querySelector('[data-group] details.members').open"))
        self.assertTrue(browser.run("return document.activeElement.matches('#past .all a')"))
        self.assertAlmostEqual(browser.run(place), before, delta=2)
        # A section that the reader closed stays closed.
        browser.run("document.querySelector('[data-group] details.members').open = false")
        self.publisher.update(first, "Another message.")
        self.wait_for("Another message.")
        self.assertFalse(browser.run("return document.querySelector('[data-group] details.members').open"))

    def test_other_pages_update_without_reload(self):
        incident = self.publisher.declare("Login fails", components={"Login": "full_outage"})
        for path in (f"/acme/incidents/{incident}", "/acme/history", "/acme?lang=de"):
            with self.subTest(path):
                self.follow(path)
                text = f"For {path}."
                self.publisher.update(incident, text)
                self.wait_for(text)
                self.assertEqual(browser.run("return document.documentElement.lang"), "de" if "lang=de" in path else "en")

    def test_update_keeps_local_times(self):
        browser.time_zone("Asia/Tokyo")
        self.addCleanup(browser.time_zone, "UTC")
        self.follow()
        self.publisher.declare("Login fails", "A message.", components={"Login": "full_outage"})
        self.wait_for("A message.")
        self.assertRegex(browser.text("#incidents time"), r"GMT\+9|JST")

    def test_page_in_back_cache_closes_its_stream(self):
        """Browsers keep such pages for the back button, but open only six connections to a server with HTTP/1.1."""
        incident = self.publisher.declare("Login fails")
        paths = ["/acme/history", f"/acme/incidents/{incident}", "/acme"]
        for path in paths:
            self.follow(path)

        def streams():
            with urllib.request.urlopen(f"{self.server.url}/metrics", timeout=30) as response:
                return re.search(r'^allclear_live_readers\{kind="stream"\} (\d+)', response.read().decode(), re.MULTILINE)[1]

        self.server.until(lambda: streams() == "1")
        # The page that comes back follows again.
        browser.driver.back()
        browser.until("return location.pathname.includes('/incidents/')")
        self.publisher.update(incident, "After coming back.")
        browser.until("return document.querySelector('main').textContent.includes('After coming back.')")

    def test_page_updates_after_cut_connection(self):
        cable = Cable(self.server.url)
        self.addCleanup(cable.close)
        self.follow(url=cable.url)
        for number in range(2):
            cable.cut()
            self.publisher.declare(f"Incident {number}")
            self.wait_for(f"Incident {number}")

    def test_page_updates_after_sleep(self):
        """The computer slept for an hour. No event reports the lost connection or the passed time to the page."""
        cable = Cable(self.server.url)
        self.addCleanup(cable.close)
        self.follow(url=cable.url)
        self.publisher.declare("Before the sleep")
        self.wait_for("Before the sleep")
        cable.lose()
        browser.run("const now = Date.now; Date.now = () => now() + 3600000")
        self.publisher.declare("During the sleep")
        self.wait_for("During the sleep")
        # The page follows again.
        self.publisher.declare("After the sleep")
        self.wait_for("After the sleep")

    def test_page_updates_when_network_returns(self):
        cable = Cable(self.server.url)
        self.addCleanup(cable.close)
        self.follow(url=cable.url)
        network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        browser.send("Network.enable")
        self.addCleanup(browser.send, "Network.emulateNetworkConditions", offline=False, **network)
        browser.send("Network.emulateNetworkConditions", offline=True, **network)
        cable.lose()
        self.publisher.declare("While offline")
        browser.send("Network.emulateNetworkConditions", offline=False, **network)
        self.wait_for("While offline")

    def test_page_updates_after_server_restart(self):
        self.follow()
        old, self.server = self.server, self.server.take_over()
        old.terminate()
        self.publisher.server = self.server
        self.publisher.declare("After the restart")
        self.wait_for("After the restart")


if __name__ == "__main__":
    unittest.main()
