"""Tests the server behind nginx, configured as docs/operations.md shows."""

import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import test_live
from server import ROOT, Server

HOST = "status.acme.example"
SUMMARY = "/api/v1/summary"


given_ports = set()


def free_port():
    """Returns a free port, and never the same one twice. The kernel alone might choose a port again."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in given_ports:
            given_ports.add(port)
            return port


class Nginx:
    """A private nginx with the documented configuration, except for its ports and paths."""

    def __init__(self, server_port, replacing={}):
        """Starts nginx.

        replacing: further replacements in the text of the configuration.
        """
        self.folder = tempfile.TemporaryDirectory(prefix="allclear-nginx-")
        folder = pathlib.Path(self.folder.name)
        self.port = free_port()
        block = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL).group(1)
        for shown, used in [("/var/cache/nginx/allclear", str(folder / "cache")),
                            ("127.0.0.1:8080", f"127.0.0.1:{server_port}"),
                            ("listen 80;", f"listen 127.0.0.1:{self.port};"), *replacing.items()]:
            assert shown in block, f"the documented nginx configuration has no {shown}"
            block = block.replace(shown, used)
        paths = "".join(f"    {name}_temp_path {folder / name};\n"
                        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"pid {folder / 'pid'};\nerror_log {folder / 'error.log'};\nevents {{}}\n"
            f"http {{\n    access_log off;\n{paths}{block}}}\n")
        folder.chmod(0o755)
        command = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin") or "nginx"
        self.process = subprocess.Popen(
            [command, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"),
             "-g", "daemon off;"])
        for _ in range(1500):
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.folder.cleanup()

    def get(self, path, **fields):
        """Sends a GET, and returns the response and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Host": HOST, **{name.replace("_", "-"): value for name, value in fields.items()}}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body


class ProxyTests(unittest.TestCase):
    def setUp(self):
        port = free_port()
        page = {"slug": "acme", "name": "Acme", "domain": HOST, "cache": {"max_age": 1}}
        self.server = Server(listen=f"127.0.0.1:{port}", pages=[page])
        self.addCleanup(self.server.stop)
        self.token = self.server.key("status_page_publisher")
        self.page = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"][0]["id"]
        self.nginx = Nginx(port)
        self.addCleanup(self.nginx.stop)

    def declare(self, name):
        self.server.call("POST", "/v2/status_page_incidents", {
            "status_page_id": self.page, "name": name, "incident_status": "investigating", "message": "We look.",
            "idempotency_key": name, "notify_subscribers": False}, self.token)

    def until(self, expected, **fields):
        """Reads the widget through nginx until it shows incidents with these names."""
        for _ in range(600):
            response, body = self.nginx.get(SUMMARY, **fields)
            self.assertEqual(response.status, 200)
            if [one["name"] for one in json.loads(body)["ongoing_incidents"]] == expected:
                return response
            time.sleep(0.05)
        self.fail(f"the widget never showed {expected}: {body}")

    def test_cached_page_survives_server(self):
        self.declare("First")
        self.until(["First"])
        seen = {self.nginx.get(SUMMARY)[0].getheader("X-Cache-Status") for _ in range(20)}
        self.assertIn("HIT", seen)

        self.server.terminate()
        time.sleep(2)
        for _ in range(3):
            response, body = self.nginx.get(SUMMARY)
            self.assertEqual(response.status, 200)
            self.assertEqual(json.loads(body)["ongoing_incidents"][0]["name"], "First")
            self.assertIn(response.getheader("X-Cache-Status"), ("STALE", "UPDATING"))

        self.server.start()
        self.declare("Second")
        self.until(["Second", "First"])

    def test_each_coding_is_cached_separately(self):
        self.declare("A name that is long enough to be worth compressing, as the names of incidents often are")
        for coding in (None, "gzip", "br"):
            fields = {"Accept_Encoding": coding} if coding else {"Accept_Encoding": "identity"}
            for _ in range(2):
                response, body = self.nginx.get(SUMMARY, **fields)
                self.assertEqual(response.getheader("Content-Encoding"), coding)
                self.assertEqual(body.startswith(b"{"), coding is None)

    def test_cache_answers_304(self):
        response, _ = self.nginx.get(SUMMARY)
        tag = response.getheader("ETag")
        response, body = self.nginx.get(SUMMARY, If_None_Match=tag)
        self.assertEqual((response.status, body), (304, b""))

    def test_long_polls_bypass_cache(self):
        response, _ = self.nginx.get(SUMMARY)
        tag = response.getheader("ETag")
        answers = []
        waiting = threading.Thread(
            target=lambda: answers.append(self.nginx.get(f"{SUMMARY}?wait=30", If_None_Match=tag)))
        waiting.start()
        response, _ = self.nginx.get(f"{SUMMARY}?wait=1", If_None_Match=tag)
        self.assertEqual(response.status, 304)
        self.declare("News")
        waiting.join()
        response, body = answers[0]
        self.assertEqual(response.status, 200)
        self.assertEqual(json.loads(body)["ongoing_incidents"][0]["name"], "News")
        # An answer from the cache would have been the old document.
        self.assertNotEqual(response.getheader("ETag"), tag)

    def test_stream_is_not_buffered(self):
        stream = test_live.Stream("/api/v1/stream", url=f"http://127.0.0.1:{self.nginx.port}", Host=HOST)
        self.addCleanup(stream.close)
        self.assertEqual(stream.event()[1]["ongoing_incidents"], [])
        self.declare("News")
        self.assertEqual(stream.event()[1]["ongoing_incidents"][0]["name"], "News")


if __name__ == "__main__":
    unittest.main()
