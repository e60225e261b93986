"""Tests that a static host serves the mirror while the server is dead."""

import gzip
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from server import ROOT, Server
from test_proxy import free_port

HOST = "status.acme.example"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


class StaticHost:
    """nginx with the configuration of docs/operations.md, except for its port and directory."""

    def __init__(self, root):
        self.folder = tempfile.TemporaryDirectory(prefix="allclear-static-")
        folder = pathlib.Path(self.folder.name)
        folder.chmod(0o755)
        self.port = free_port()
        section = OPERATIONS.split("\n### Mirror\n")[1]
        block = re.search(r"```nginx\n(.*?)```", section, re.DOTALL).group(1)
        for shown, used in {"listen 80;": f"listen 127.0.0.1:{self.port};", "/srv/allclear-mirror": str(root)}.items():
            assert shown in block, f"the documented configuration has no {shown}"
            block = block.replace(shown, used)
        paths = "".join(f"    {name}_temp_path {folder / name};\n"
                        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"pid {folder / 'pid'};\nevents {{}}\nhttp {{\n    access_log off;\n{paths}{block}}}\n")
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


class MirrorTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="allclear-mirror-")
        self.addCleanup(folder.cleanup)
        # nginx drops its privileges, but must still reach the files.
        pathlib.Path(folder.name).chmod(0o755)
        self.mirror = pathlib.Path(folder.name) / "mirror"
        self.server = Server(listen=f"127.0.0.1:{free_port()}", mirror=str(self.mirror))
        self.addCleanup(self.server.stop)
        self.host = StaticHost(self.mirror)
        self.addCleanup(self.host.stop)
        self.token = self.server.key("status_page_publisher")
        pages = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"]
        self.page = next(page["id"] for page in pages if page["name"] == "Acme Status")

    def declare(self, name):
        self.server.call("POST", "/v2/status_page_incidents", {
            "status_page_id": self.page, "name": name, "incident_status": "investigating", "message": "We look.",
            "idempotency_key": name, "notify_subscribers": False}, self.token)

    def test_pages_survive_a_killed_server(self):
        self.declare("Login fails")

        def is_current():
            response, body = self.host.get("/api/v1/summary")
            return response.status == 200 and b"Login fails" in body and re.search(
                r"^allclear_mirror_pending 0$", self.metrics(), re.MULTILINE)

        self.server.until(is_current)
        self.server.process.kill()
        self.server.process.wait(timeout=30)

        response, body = self.host.get("/api/v1/summary")
        self.assertEqual(response.getheader("Content-Type"), "application/json")
        self.assertEqual(response.getheader("Access-Control-Allow-Origin"), "*")
        self.assertEqual(json.loads(body)["ongoing_incidents"][0]["name"], "Login fails")

        response, page = self.host.get("/")
        self.assertEqual(response.getheader("Content-Type"), "text/html; charset=utf-8")
        self.assertIn(b"Login fails", page)
        response, compressed = self.host.get("/", Accept_Encoding="gzip")
        self.assertEqual(response.getheader("Content-Encoding"), "gzip")
        self.assertEqual(gzip.decompress(compressed), page)
        self.assertEqual(self.host.get("/", If_None_Match=self.host.get("/")[0].getheader("ETag"))[0].status, 304)
        for kind, path in re.findall(r'(?:href|src)="(/assets/[^"]+\.(css|js))"', page.decode()):
            response, _ = self.host.get(kind)
            self.assertEqual((response.status, response.getheader("Content-Type").split(";")[0]),
                             (200, {"css": "text/css", "js": "text/javascript"}[path]))

        for path, kind in {"/uk": "text/html", "/feed.rss": "application/rss+xml", "/maintenances.ics": "text/calendar",
                           "/badge.svg": "image/svg+xml", "/favicon.ico": "image/x-icon", "/robots.txt": "text/plain",
                           "/api/v2/summary.json": "application/json"}.items():
            response, _ = self.host.get(path)
            self.assertEqual((path, response.status), (path, 200))
            self.assertEqual(response.getheader("Content-Type").split(";")[0], kind)
        for path in ("/history", "/subscribe", "/api/v1/stream", "/.allclear-mirror"):
            self.assertEqual(self.host.get(path)[0].status, 404, path)

        # The next server takes the mirror over.
        self.server.start()
        self.declare("Payments fail")
        self.server.until(lambda: b"Payments fail" in self.host.get("/")[1])

    def test_a_successor_continues_the_mirror(self):
        self.server.until(lambda: self.host.get("/api/v1/summary")[0].status == 200)
        successor = self.server.take_over()
        self.addCleanup(successor.process.wait, 30)
        self.addCleanup(successor.process.terminate)
        self.server.process.terminate()
        self.server.process.wait(timeout=30)
        self.server.url = successor.url
        self.declare("Login fails")
        successor.until(lambda: b"Login fails" in self.host.get("/api/v1/summary")[1])
        self.assertNotIn("ERROR", successor.log_text())

    def metrics(self):
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text


if __name__ == "__main__":
    unittest.main()
