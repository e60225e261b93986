"""The processes to measure: allclear, nginx, and a minimal server in C."""

import copy
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
SERVER_CPU, CLIENT_CPU = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, deadline=10.0):
    """Waits until the port accepts a connection, and returns how many seconds that took."""
    start = time.monotonic()
    while time.monotonic() - start < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return time.monotonic() - start
        except OSError:
            time.sleep(0.001)
    sys.exit(f"nothing listens on port {port} after {deadline} s")


class Server:
    """A process, or a parent process with workers, that serves a URL."""

    def __init__(self, name, command, port, path="/", environment=None, log=None, processors=SERVER_CPU):
        self.name, self.path, self.url = name, path, f"http://127.0.0.1:{port}{path}"
        command = ["taskset", "-c", processors, *command]
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=log or subprocess.DEVNULL
        )
        wait_for(port)

    def alias(self, name, url):
        """The same processes with another URL."""
        other = copy.copy(self)
        other.name, other.url = name, url
        return other

    def processes(self):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout
        return [self.process.pid, *map(int, children.split())]

    def cpu_nanoseconds(self):
        """The processor time of all threads so far, in user and kernel mode."""
        total = 0
        for process in self.processes():
            for stat in pathlib.Path(f"/proc/{process}/task").glob("*/schedstat"):
                total += int(stat.read_text().split()[0])
        return total

    def measure(self, seconds, connections, script=None):
        """Microseconds of processor time per request."""
        before = self.cpu_nanoseconds()
        requests = self.load(seconds, connections, script)
        return (self.cpu_nanoseconds() - before) / requests / 1000

    def throughput(self, seconds, connections):
        """Requests per second without pauses."""
        return self.load(seconds, connections) / seconds

    def load(self, seconds, connections, script=None):
        """Lets wrk send requests for some seconds, and returns how many got an answer."""
        command = ["taskset", "-c", CLIENT_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        command += ["-s", str(script)] if script else []
        output = subprocess.run([*command, self.url], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"{self.name} failed requests:\n{output}")
        return int(re.search(r"(\d+) requests in", output).group(1))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def configuration(folder, port, http={}, **settings):
    path = folder / "config.json"
    path.write_text(json.dumps({
        "listen": f"127.0.0.1:{port}",
        # All clients have the same address. The other servers never close a connection, so this one must not either.
        "http": {"max_connections_per_address": 100_000,
                 "max_requests_per_connection": 1_000_000_000, **http},
        "database": str(folder / "bench.db"),
        "log": {"level": "warning"},
        "rate_limits": {"requests_per_minute": 0, "backfill_per_second": 0},
        "pages": [{
            "slug": "acme",
            "name": "Acme Status",
            "structure": [
                {"component": {"key": "website", "name": "Website"}},
                {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}},
                {"component": {"key": "archive", "name": "Archive"}},
            ],
        }],
        **settings,
    }))
    return path


def call(port, token, path, body=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def publish_incidents(port, token, count):
    """Creates `count` ongoing incidents with components on the page."""
    page = call(port, token, "/v2/status_pages")["status_pages"][0]["id"]
    items = call(port, token, f"/v2/status_page_structures/{page}")["current_structure"]["items"]
    components = [items[0]["component"]["component_id"], items[1]["group"]["components"][0]["component_id"]]
    for number in range(count):
        call(port, token, "/v2/status_page_incidents", {
            "status_page_id": page,
            "name": f"Elevated error rates, part {number + 1}",
            "incident_status": "identified",
            "message": "We have found the cause of the failing requests and are rolling out a fix.",
            "idempotency_key": f"bench-{number}",
            "notify_subscribers": False,
            "component_statuses": [
                {"component_id": component, "component_status": "partial_outage"} for component in components
            ],
        })


def whole_response(port, path, fields={}):
    """The bytes of one answer including its head, as they would be on a persistent connection."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.replace(b"Connection: close\r\n", b"")


def compile_c(source, output, *flags):
    subprocess.run(["cc", "-O2", "-o", str(output), str(HERE / source), *flags], check=True)


def start_allclear(binary, folder, port, environment=None, processors=SERVER_CPU, **settings):
    """Starts allclear with a page that has three ongoing incidents."""
    path = configuration(folder, port, **settings)
    server = Server(
        "allclear", [binary, "serve", "--config", str(path)], port, "/acme/api/v1/summary", environment,
        processors=processors)
    # The server has created the database. This command would not create one.
    server.token = subprocess.run(
        [binary, "keys", "create", "--name", "bench", "--role", "status_page_publisher", "--config", path],
        capture_output=True, text=True, check=True).stdout.strip()
    publish_incidents(port, server.token, 3)
    return server
