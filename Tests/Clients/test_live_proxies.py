"""Tests live reads behind proxies and caches, which must forward each event at once."""

import concurrent.futures
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
import urllib.request
import zlib

from server import ROOT, Server
from test_proxy import free_port

SUMMARY = "/acme/api/v1/summary"
STREAM = "/acme/api/v1/stream"
PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/bin"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def documented(language, replacing):
    """The configuration in docs/operations.md, with other addresses."""
    text = re.search(rf"```{language}\n(.*?)```", OPERATIONS, re.DOTALL).group(1)
    for shown, used in replacing.items():
        assert shown in text, f"the documented configuration has no {shown}"
        text = text.replace(shown, used)
    return text


class Proxy:
    """A proxy that forwards requests to a server."""

    def __init__(self, server_port):
        """Starts the proxy on a free port."""
        self.folder = tempfile.TemporaryDirectory(prefix="allclear-proxy-")
        folder = pathlib.Path(self.folder.name)
        # Some proxies drop their privileges, but must still read the folder.
        folder.chmod(0o755)
        self.port = free_port()
        command = self.command(folder, server_port)
        command[0] = shutil.which(command[0], path=PATH) or command[0]
        self.output = open(folder / "output", "w+")
        self.process = subprocess.Popen(command, stdout=self.output, stderr=subprocess.STDOUT)
        for _ in range(1500):
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"{command[0]} did not start: {(folder / 'output').read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.output.close()
        self.folder.cleanup()


class Varnish(Proxy):
    """Varnish with its built-in configuration."""

    def command(self, folder, server_port):
        return ["varnishd", "-F", "-a", f"127.0.0.1:{self.port}", "-b", f"127.0.0.1:{server_port}",
                "-n", str(folder / "varnish"), "-s", "malloc,32m"]


class DocumentedVarnish(Proxy):
    """As docs/operations.md configures it."""

    def command(self, folder, server_port):
        port = {'.port = "8080"': f'.port = "{server_port}"'}
        (folder / "allclear.vcl").write_text(documented("vcl", port))
        return ["varnishd", "-F", "-a", f"127.0.0.1:{self.port}", "-f", str(folder / "allclear.vcl"),
                "-n", str(folder / "varnish"), "-s", "malloc,32m"]


class HAProxy(Proxy):
    """HAProxy with the timeouts of Debian's configuration, and without the delay of 200 ms before small pieces."""

    backend = "    option http-no-delay\n"

    def command(self, folder, server_port):
        (folder / "haproxy.cfg").write_text(
            "defaults\n    mode http\n    timeout connect 5000\n    timeout client 50000\n    timeout server 50000\n"
            f"frontend front\n    bind 127.0.0.1:{self.port}\n    default_backend back\n"
            f"backend back\n    server allclear 127.0.0.1:{server_port}\n{self.backend}")
        return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


class PlainHAProxy(HAProxy):
    backend = ""


class CompressingHAProxy(HAProxy):
    backend = HAProxy.backend + "    compression algo gzip\n    compression type application/json text/event-stream\n"


class DocumentedHAProxy(Proxy):
    """As docs/operations.md configures it."""

    def command(self, folder, server_port):
        (folder / "haproxy.cfg").write_text(documented("haproxy", {
            "bind :80\n": f"bind 127.0.0.1:{self.port}\n", "127.0.0.1:8080": f"127.0.0.1:{server_port}"}))
        return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


class DocumentedCaddy(Proxy):
    """As docs/operations.md configures it, without TLS."""

    def command(self, folder, server_port):
        site = documented("caddyfile", {"status.acme.example {": f"http://:{self.port} {{\n    bind 127.0.0.1",
                                        "127.0.0.1:8080": f"127.0.0.1:{server_port}"})
        (folder / "Caddyfile").write_text("{\n    admin off\n}\n" + site)
        return ["env", f"XDG_DATA_HOME={folder}", f"XDG_CONFIG_HOME={folder}", "caddy", "run",
                "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


class Nginx(Proxy):
    """nginx with a minimal configuration. It speaks HTTP/1.0 to the server."""

    location = ""

    def command(self, folder, server_port):
        paths = "".join(f"    {name}_temp_path {folder / name};\n"
                        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"pid {folder / 'pid'};\nevents {{}}\nhttp {{\n    access_log off;\n{paths}    server {{\n"
            f"        listen 127.0.0.1:{self.port};\n        location / {{\n"
            f"            proxy_pass http://127.0.0.1:{server_port};\n{self.location}        }}\n    }}\n}}\n")
        return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]


class ModernNginx(Nginx):
    location = "proxy_http_version 1.1;\nproxy_set_header Connection \"\";\n"


class CompressingNginx(Nginx):
    location = ("proxy_http_version 1.1;\ngzip on;\ngzip_min_length 0;\ngzip_proxied any;\n"
                "gzip_types application/json text/event-stream;\n")


PROXIES = (Varnish, DocumentedVarnish, HAProxy, DocumentedHAProxy, PlainHAProxy, CompressingHAProxy, DocumentedCaddy,
           Nginx, ModernNginx, CompressingNginx)


class Stream:
    """A client that reads a stream piece by piece, and decompresses it if necessary."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", STREAM, headers={"Accept-Encoding": "gzip"})
        self.response = self.connection.getresponse()
        is_compressed = self.response.getheader("Content-Encoding") == "gzip"
        self.decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16) if is_compressed else None
        self.text = b""

    def read(self):
        """Waits for more bytes, and returns them; b"" at the end. Raises an error if the stream is cut off."""
        data = self.response.read1(65536)
        self.text += self.decompressor.decompress(data) if self.decompressor else data
        return data

    def event(self):
        """Waits until the next event is complete, and returns its document."""
        while True:
            event, end, rest = self.text.partition(b"\n\n")
            if end:
                self.text = rest
                lines = dict(line.partition(": ")[::2] for line in event.decode().splitlines())
                if "data" in lines:
                    return json.loads(lines["data"])
            elif not self.read():
                raise EOFError

    def close(self):
        self.response.close()
        self.connection.close()


def get(port, path, **fields):
    """Sends a GET, and returns the response and its document; None if it has no body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in fields.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, json.loads(body) if body else None


class LiveProxyTests(unittest.TestCase):
    def setUp(self):
        port = free_port()
        self.server = Server(listen=f"127.0.0.1:{port}", live={"heartbeat_seconds": 1})
        self.addCleanup(self.server.stop)
        self.server_port = port
        self.token = self.server.key("status_page_publisher")
        pages = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"]
        self.page = next(page["id"] for page in pages if page["name"] == "Acme Status")

    def behind(self, kind):
        proxy = kind(self.server_port)
        self.addCleanup(proxy.stop)
        return proxy

    def declare(self, name):
        """Declares an incident, and returns the time of the answer."""
        self.server.call("POST", "/v2/status_page_incidents", {
            "status_page_id": self.page, "name": name, "incident_status": "investigating", "message": "We look.",
            "idempotency_key": name, "notify_subscribers": False}, self.token)
        return time.monotonic()

    def report(self, kind, what, delays):
        milliseconds = " ".join(f"{max(0, delay) * 1000:.0f}" for delay in delays)
        print(f"{kind.__name__}: {what} {milliseconds} ms after the write was answered", flush=True)

    def test_events_arrive_at_once_and_stream_ends_cleanly(self):
        streams = {}
        for kind in PROXIES:
            streams[kind] = Stream(self.behind(kind).port)
            self.addCleanup(streams[kind].close)
            self.assertEqual(streams[kind].response.status, 200)
            self.assertEqual(streams[kind].response.getheader("Content-Type"), "text/event-stream")
            self.assertEqual(streams[kind].event()["ongoing_incidents"], [])
        with concurrent.futures.ThreadPoolExecutor(len(streams)) as threads:
            delays = {kind: [] for kind in streams}
            for number in range(5):
                def follow(stream):
                    document = stream.event()
                    return document["ongoing_incidents"][0]["name"], time.monotonic()

                events = {kind: threads.submit(follow, stream) for kind, stream in streams.items()}
                answered = self.declare(f"Incident {number}")
                for kind, event in events.items():
                    # The next event is not sent yet, so it cannot have pushed this one through a buffer.
                    name, arrived = event.result(timeout=30)
                    self.assertEqual(name, f"Incident {number}", kind)
                    delays[kind].append(arrived - answered)
        for kind in streams:
            self.report(kind, "events came", delays[kind])
        self.server.terminate()
        for kind, stream in streams.items():
            # `read` raises an error if the chunked body is cut off.
            with self.subTest(kind.__name__):
                while stream.read():
                    pass
        self.server.start()

    def test_long_poll_with_etag_in_query_gets_change(self):
        for number, kind in enumerate(PROXIES):
            with self.subTest(kind.__name__):
                port = self.behind(kind).port
                tag = get(port, SUMMARY)[0].getheader("ETag")

                def follow():
                    response, document = get(port, f"{SUMMARY}?wait=30&etag={tag}", Accept_Encoding="identity")
                    return response, document, time.monotonic()

                # Sends several, because a cache may forward only the first one.
                with concurrent.futures.ThreadPoolExecutor(5) as threads:
                    waits = [threads.submit(follow) for _ in range(5)]
                    while self.waiting() == 0:
                        time.sleep(0.02)
                    answered = self.declare(f"News {number}")
                    answers = [wait.result(timeout=60) for wait in waits]
                for response, document, _ in answers:
                    self.assertEqual(response.status, 200)
                    self.assertEqual(response.getheader("Cache-Control"), "no-store, no-transform")
                    self.assertEqual(document["ongoing_incidents"][0]["name"], f"News {number}")
                self.report(kind, "waits ended", [arrived - answered for _, _, arrived in answers])

    def test_long_poll_without_change_gets_no_error(self):
        for kind in PROXIES:
            with self.subTest(kind.__name__):
                port = self.behind(kind).port
                response, document = get(port, SUMMARY)
                tag = response.getheader("ETag")
                response, same = get(port, f"{SUMMARY}?wait=2&etag={tag}", Accept_Encoding="identity")
                self.assertIn(response.status, (200, 304))
                self.assertIn(same, (document, None))
                # Sends the tag in both the query and the field. Some proxies remove the field.
                response, _ = get(port, f"{SUMMARY}?wait=2&etag={tag}", If_None_Match=tag)
                self.assertIn(response.status, (200, 304))

    def waiting(self):
        """How many reads wait at the server."""
        with urllib.request.urlopen(f"{self.server.url}/metrics", timeout=30) as response:
            text = response.read().decode()
        return int(text.split('allclear_live_readers{kind="wait"} ')[1].split()[0])


class DocumentedHeaderTests(unittest.TestCase):
    """Tests that the documented configurations replace the headers by which a client could misreport itself."""

    def test_client_cannot_choose_another_host(self):
        port = free_port()
        server = Server(listen=f"127.0.0.1:{port}", trusted_proxies=["127.0.0.1"])
        self.addCleanup(server.stop)
        for kind in (DocumentedVarnish, DocumentedHAProxy, DocumentedCaddy):
            with self.subTest(kind.__name__):
                proxy = kind(port)
                self.addCleanup(proxy.stop)
                response, document = get(
                    proxy.port, "/api/v1/summary", Host="status.acme.example", X_Forwarded_Host="other.example",
                    X_Forwarded_Proto="https", X_Forwarded_For="192.0.2.1", Forwarded="for=192.0.2.2;host=other.example")
                self.assertEqual(response.status, 200, document)
                self.assertEqual(document["page_title"], "Acme Status")


if __name__ == "__main__":
    unittest.main()
