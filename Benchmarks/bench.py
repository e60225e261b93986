"""Measures what a widget read costs, side by side with nginx and a C floor, how the server starts, and what a long
history costs.

Usage: python3 Benchmarks/bench.py [--rounds N] [--seconds S] [--connections C] PATH_OF_ALLCLEAR
Needs wrk, nginx, cc, curl. Everything runs on the loopback interface and ends by itself.

All servers send the same response, byte for byte in length, each bound to one processor and wrk to another. They take
turns in short rounds; a ratio is the median over the rounds of the ratio within a round, so that what else the machine
does falls on both sides.
"""

import argparse
import copy
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
SERVER_CPU, CLIENT_CPU = "0", "1"
GOALS = {"floor": 1.15, "nginx return": 0.90}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, deadline=10.0):
    """Seconds until the port answers a connection."""
    start = time.monotonic()
    while time.monotonic() - start < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return time.monotonic() - start
        except OSError:
            time.sleep(0.001)
    sys.exit(f"nothing listens on port {port}")


class Server:
    """A process, or a parent with workers, that answers a URL."""

    def __init__(self, name, command, port, path="/", environment=None, log=None):
        self.name, self.url = name, f"http://127.0.0.1:{port}{path}"
        self.samples = []
        command = ["taskset", "-c", SERVER_CPU, *command]
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=log or subprocess.DEVNULL
        )
        wait_for(port)

    def alias(self, name, url):
        """The same processes, asked for something else."""
        other = copy.copy(self)
        other.name, other.url, other.samples = name, url, []
        return other

    def processes(self):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout
        return [self.process.pid, *map(int, children.split())]

    def cpu_nanoseconds(self):
        """What all threads have spent on a processor, in user and kernel mode."""
        total = 0
        for process in self.processes():
            for stat in pathlib.Path(f"/proc/{process}/task").glob("*/schedstat"):
                total += int(stat.read_text().split()[0])
        return total

    def measure(self, seconds, connections):
        """Microseconds of processor time a request."""
        before = self.cpu_nanoseconds()
        command = ["taskset", "-c", CLIENT_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", self.url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        cpu = self.cpu_nanoseconds() - before
        if "Non-2xx" in output:
            sys.exit(f"{self.name} gave answers other than 2xx:\n{output}")
        requests = int(re.search(r"(\d+) requests in", output).group(1))
        return cpu / requests / 1000

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def configuration(folder, port):
    path = folder / "config.json"
    path.write_text(json.dumps({
        "listen": f"127.0.0.1:{port}",
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
    """Puts so many ongoing incidents on the page, with components."""
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


def whole_response(port, path):
    """The bytes of one answer, headers and all."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.replace(b"Connection: close\r\n", b"")


def start_nginx(folder, port, response):
    """An nginx that sends the same body with the same headers, from its configuration and from a file."""
    head, body = response.split(b"\r\n\r\n", 1)
    kept = ("access-control", "cache-control", "vary", "etag", "last-modified")
    fields = [line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:]]
    adds = "".join(
        f"add_header {name} '{value}';" for name, value in fields
        if name.lower().startswith(kept)
    )
    (folder / "www").mkdir()
    (folder / "www" / "body").write_bytes(body)
    text = body.decode().replace("'", "\\'")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; etag off; keepalive_requests 1000000000; tcp_nodelay on; default_type application/json;
            {paths} open_file_cache max=10 inactive=1h; open_file_cache_valid 1h;
            server {{
                listen 127.0.0.1:{port}; root {folder}/www; {adds}
                location = /return {{ return 200 '{text}'; }}
            }}
        }}""")
    folder.chmod(0o755)
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")]


def compile_c(source, output, *flags):
    subprocess.run(["cc", "-O2", "-o", str(output), str(HERE / source), *flags], check=True)


def start_allclear(binary, folder, port, environment=None):
    path = configuration(folder, port)
    token = subprocess.run(
        [binary, "keys", "create", "--name", "bench", "--role", "status_page_publisher", "--config", path],
        capture_output=True, text=True, check=True).stdout.strip()
    server = Server(
        "allclear", [binary, "serve", "--config", str(path)], port, "/acme/api/v1/summary", environment)
    publish_incidents(port, token, 3)
    return server


def compare_reads(options, folder):
    ports = [free_port() for _ in range(3)]
    server = start_allclear(options.binary, folder, ports[0])
    response = whole_response(ports[0], "/acme/api/v1/summary")
    (folder / "response").write_bytes(response)
    compile_c("floor.c", folder / "floor")
    servers = [
        server,
        Server("floor", [str(folder / "floor"), str(ports[1]), str(folder / "response")], ports[1]),
        Server("nginx return", start_nginx(folder, ports[2], response), ports[2], "/return"),
    ]
    servers.append(servers[2].alias("nginx file", f"http://127.0.0.1:{ports[2]}/body"))
    size = len(response.partition(b"\r\n\r\n")[2])
    print(f"A widget of {size} bytes with 3 incidents, {options.connections} connections, "
          f"{options.rounds} rounds of {options.seconds} s:")
    for _ in range(options.rounds):
        for one in servers:
            one.samples.append(one.measure(options.seconds, options.connections))
    for one in servers:
        line = f"  {one.name:13} {statistics.median(one.samples):6.2f} us of CPU a request"
        if one is not server:
            ratio = statistics.median(ours / theirs for ours, theirs in zip(server.samples, one.samples))
            line += f"   allclear/{one.name} {ratio:.2f}"
            line += f" (goal {GOALS[one.name]:.2f})" if one.name in GOALS else ""
        print(line)
    for one in servers[:3]:
        one.stop()


def count_allocations(options, folder):
    library, counter, port = folder / "malloc_count.so", folder / "allocations", free_port()
    compile_c("malloc_count.c", library, "-shared", "-fPIC", "-ldl")
    server = start_allclear(
        options.binary, folder, port, {"LD_PRELOAD": str(library), "MALLOC_COUNT_FILE": str(counter)})
    request = b"GET /acme/api/v1/summary HTTP/1.1\r\nHost: localhost\r\n\r\n"
    size = len(whole_response(port, "/acme/api/v1/summary"))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        def read(times):
            for _ in range(times):
                connection.sendall(request)
                left = size
                while left > 0:
                    left -= len(connection.recv(65536))
        def allocations():
            return struct.unpack("L", counter.read_bytes())[0]

        read(100)
        reads, before, begin = 20_000, allocations(), time.monotonic()
        read(reads)
        busy, duration = allocations() - before, time.monotonic() - begin
        # The server does some things by the clock, such as looking for maintenances that are due: those do not count.
        before = allocations()
        time.sleep(duration)
        idle = allocations() - before
    print(f"Allocations: {busy} in {reads} reads, {idle} in as long without any: {(busy - idle) / reads:.4f} a read")
    server.stop()


def time_start(options, folder):
    times, memory = [], 0
    for number in range(5):
        port, database = free_port(), folder / f"start-{number}.db"
        environment = {**os.environ, "ALLCLEAR_LISTEN": f"127.0.0.1:{port}", "ALLCLEAR_DATABASE": str(database)}
        begin = time.monotonic()
        process = subprocess.Popen(
            [options.binary, "serve"], env=environment, cwd=folder / "empty", stderr=subprocess.DEVNULL)
        wait_for(port)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/demo/api/v1/summary").read()
        times.append((time.monotonic() - begin) * 1000)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        memory = max(memory, int(re.search(r"VmRSS:\s+(\d+)", status).group(1)))
        process.terminate()
        process.wait(timeout=20)
    print(f"Start on an empty database to the first answer: {statistics.median(times):.0f} ms (goal 100)")
    print(f"Resident memory then: {memory / 1024:.1f} MB (goal 30)")


ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(number):
    """An id for the number, of the form that ids have."""
    digits = []
    for _ in range(26):
        digits.append(ULID_DIGITS[number % 32])
        number //= 32
    return "".join(reversed(digits))


def seed(database, count):
    """Stores resolved incidents, each with three updates and one impact, on components in turn but for the last, which
    the three oldest hit. Returns a page's ids."""
    connection = sqlite3.connect(database)
    page = connection.execute("SELECT id FROM pages").fetchone()[0]
    *components, rare = [row[0] for row in connection.execute("SELECT id FROM components ORDER BY id")]
    begin = 1_600_000_000_000
    with connection:
        for number in range(count):
            incident, time_ = ulid(number + 1), begin + number * 600_000
            component = rare if number < 3 else components[number % len(components)]
            connection.execute("INSERT INTO incidents (id, page_id, name, status, published_at) "
                               "VALUES (?, ?, ?, 'resolved', ?)", (incident, page, f"Incident {number}", time_))
            for position, status in enumerate(("investigating", "identified", "resolved")):
                update = ulid(10**12 + number * 3 + position)
                connection.execute(
                    "INSERT INTO incident_updates (id, incident_id, position, published_at, message, status, "
                    "notify_subscribers) VALUES (?, ?, ?, ?, 'What we know so far.', ?, 0)",
                    (update, incident, position, time_ + position * 60_000, status))
                connection.execute(
                    "INSERT INTO incident_update_components (update_id, position, component_id, status) "
                    "VALUES (?, 0, ?, ?)", (update, component, "partial_outage" if position < 2 else "operational"))
            connection.execute(
                "INSERT INTO incident_impacts (incident_id, position, component_id, status, start_at, end_at) "
                "VALUES (?, 0, ?, 'partial_outage', ?, ?)", (incident, component, time_, time_ + 120_000))
            connection.executemany(
                "INSERT INTO incident_reaches (incident_id, component_id, page_id, published_at, reach) "
                "VALUES (?, ?, ?, ?, 3600000)", [(incident, on, page, time_) for on in (component, None)])
    connection.close()
    # One of the first component, with more than a page of its incidents behind it.
    return page, components[0], rare, ulid((count * 2 // 10 + 40) // len(components) * len(components) + 1)


class HistoryServer:
    """A server whose page has so many incidents behind it."""

    def __init__(self, options, folder, count):
        self.port, folder = free_port(), folder / str(count)
        folder.mkdir()
        path = configuration(folder, self.port)
        keys = [options.binary, "keys", "create", "--name", "bench", "--role", "status_page_publisher", "--config", path]
        self.token = subprocess.run(keys, capture_output=True, text=True, check=True).stdout.strip()
        serve = [options.binary, "serve", "--config", str(path)]
        Server("first start", serve, self.port).stop()
        self.page, self.component, self.rare, self.far = seed(folder / "bench.db", count)
        self.server = Server("allclear", serve, self.port)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.created = 0

    def request(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        self.connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 300:
            sys.exit(f"{path}: {response.status} {answer}")
        return answer

    def list(self, expected=25, **filters):
        query = "".join(f"&{name}={value}" for name, value in filters.items())
        answer = self.request(f"/v2/status_page_incidents?status_page_id={self.page}&page_size=25{query}")
        found = len(answer["status_page_incidents"])
        if found != expected:
            sys.exit(f"{found} incidents for {query}, not {expected}")

    def create(self):
        self.created += 1
        created = self.request("/v2/status_page_incidents", {
            "status_page_id": self.page, "name": "One more", "incident_status": "resolved", "message": "It is over.",
            "idempotency_key": f"more-{self.created}", "notify_subscribers": False})
        return created["status_page_incident"]["id"]

    def until_shown(self):
        """Milliseconds from sending an incident until the widget has it. It is resolved again."""
        self.created += 1
        begin = time.monotonic()
        incident = self.request("/v2/status_page_incidents", {
            "status_page_id": self.page, "name": "Now", "incident_status": "identified", "message": "It is.",
            "idempotency_key": f"now-{self.created}", "notify_subscribers": False})["status_page_incident"]["id"]
        while incident not in json.dumps(self.request("/acme/api/v1/summary")):
            pass
        duration = time.monotonic() - begin
        self.request("/v2/status_page_incident_updates", {
            "status_page_incident_id": incident, "incident_status": "resolved", "message": "It was.",
            "notify_subscribers": False})
        return duration * 1000

    def cpu(self, action, times):
        """Microseconds of processor time a call."""
        before = self.server.cpu_nanoseconds()
        for _ in range(times):
            action()
        return (self.server.cpu_nanoseconds() - before) / times / 1000


def measure_history(options, folder):
    """What a long history costs: lists and creations with 100 incidents behind them, and with 100,000."""
    small, large = (HistoryServer(options, folder, count) for count in (100, 100_000))
    # The oldest incidents are from 13 September 2020, one every ten minutes.
    early = {"start_at": "2020-09-13T13:00:00Z", "end_at": "2020-09-13T18:00:00Z"}
    actions = [("list 25", lambda one: one.list()),
               ("list 25, far in", lambda one: one.list(after=one.far)),
               ("list 25 of a component", lambda one: one.list(component_id=one.component)),
               ("list 25 of a component, far in", lambda one: one.list(component_id=one.component, after=one.far)),
               ("list all 3 of a component", lambda one: one.list(3, component_id=one.rare)),
               ("list 25 of a window", lambda one: one.list(**early)),
               ("list none of a window", lambda one: one.list(0, start_at=early["end_at"], end_at="2020-09-13T18:00:01Z",
                                                              component_id=one.rare)),
               ("list none of a window long ago", lambda one: one.list(0, end_at="2019-01-01T00:00:00Z")),
               ("list none since", lambda one: one.list(0, start_at="2026-01-01T00:00:00Z")),
               ("create", HistoryServer.create)]
    print("CPU a request with 100 and with 100,000 incidents stored (goal: at most 1.30 times):")
    for name, action in actions:
        samples = []
        for _ in range(7):
            samples.append([one.cpu(lambda: action(one), 60) for one in (small, large)])
        less, more = (statistics.median(column) for column in zip(*samples))
        ratio = statistics.median(b / a for a, b in samples)
        print(f"  {name:32} {less:7.0f} us {more:9.0f} us   ratio {ratio:.2f}")
    shown = [statistics.median(one.until_shown() for _ in range(50)) for one in (small, large)]
    print(f"From sending an incident until the widget has it: {shown[0]:.1f} ms and {shown[1]:.1f} ms, "
          f"ratio {shown[1] / shown[0]:.2f}")
    for one in (small, large):
        one.server.stop()


def main():
    parser = argparse.ArgumentParser(description="Measure allclear.")
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-bench-"))
    try:
        for part in (compare_reads, count_allocations, time_start, measure_history):
            place = folder / part.__name__
            (place / "empty").mkdir(parents=True)
            folder.chmod(0o755)
            part(options, place)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
