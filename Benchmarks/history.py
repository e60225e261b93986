"""Measures the cost of a long history."""

import contextlib
import http.client
import json
import sqlite3
import statistics
import subprocess
import sys
import time

from servers import Server, configuration, free_port, whole_response

ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(number):
    """A number in the form of an id, a ULID."""
    digits = []
    for _ in range(26):
        digits.append(ULID_DIGITS[number % 32])
        number //= 32
    return "".join(reversed(digits))


def seed(database, count):
    """Stores resolved incidents, each with three updates and one impact.

    The three oldest are on the last component, the others on the other components in turn. Returns four ids: of the
    page, of its first component, of its last component, and of an incident for paging. That incident is on the first
    component, which has more than one page of older incidents.
    """
    connection = sqlite3.connect(database)
    page = connection.execute("SELECT id FROM pages").fetchone()[0]
    *components, rare = [row[0] for row in connection.execute("SELECT id FROM components ORDER BY id")]
    begin = 1_600_000_000_000
    with connection:
        for number in range(count):
            incident, time_ = ulid(number + 1), begin + number * 600_000
            component = rare if number < 3 else components[number % len(components)]
            connection.execute("INSERT INTO incidents (id, page_id, name, status, published_at, changed_at) "
                               "VALUES (?, ?, ?, 'resolved', ?, ?)",
                               (incident, page, f"Incident {number}", time_, time_ + 120_000))
            for position, status in enumerate(("investigating", "identified", "resolved")):
                update = ulid(10**12 + number * 3 + position)
                connection.execute(
                    "INSERT INTO incident_updates (id, incident_id, position, published_at, message, status, "
                    "notify_subscribers) VALUES (?, ?, ?, ?, 'What we know so far.', ?, 0)",
                    (update, incident, position, time_ + position * 60_000, status))
                connection.execute(
                    "INSERT INTO incident_update_components (incident_id, update_position, position, component_id, "
                    "status) VALUES (?, ?, 0, ?, ?)",
                    (incident, position, component, "partial_outage" if position < 2 else "operational"))
            connection.execute(
                "INSERT INTO incident_impacts (incident_id, position, component_id, status, start_at, end_at) "
                "VALUES (?, 0, ?, 'partial_outage', ?, ?)", (incident, component, time_, time_ + 120_000))
            connection.executemany(
                "INSERT INTO incident_reaches (incident_id, component_id, page_id, published_at, reach) "
                "VALUES (?, ?, ?, ?, 3600000)", [(incident, on, page, time_) for on in (component, None)])
    connection.close()
    return page, components[0], rare, ulid((count * 2 // 10 + 40) // len(components) * len(components) + 1)


class HistoryServer:
    """A server whose page has `count` resolved incidents."""

    def __init__(self, options, folder, count):
        self.options, self.port, self.folder = options, free_port(), folder / str(count)
        folder = self.folder
        folder.mkdir()
        path = configuration(folder, self.port)
        serve = [options.binary, "serve", "--config", str(path)]
        Server("first start", serve, self.port).stop()
        keys = [options.binary, "keys", "create", "--name", "bench", "--role", "status_page_publisher", "--config", path]
        self.token = subprocess.run(keys, capture_output=True, text=True, check=True).stdout.strip()
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
        """Milliseconds from sending an incident until the widget shows it. Resolves the incident afterwards."""
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

    def start(self):
        """Milliseconds from starting another server on a copy of the database until it has served the page."""
        other, port = self.folder / "start", free_port()
        other.mkdir(exist_ok=True)
        path = configuration(other, port)
        with contextlib.closing(sqlite3.connect(self.folder / "bench.db")) as source:
            with contextlib.closing(sqlite3.connect(other / "bench.db")) as copy:
                source.backup(copy)
        begin = time.monotonic()
        server = Server("start", [self.options.binary, "serve", "--config", str(path)], port)
        whole_response(port, "/acme/api/v1/summary")
        duration = time.monotonic() - begin
        server.stop()
        return duration * 1000

    def cpu(self, action, times):
        """Microseconds of processor time per call."""
        before = self.server.cpu_nanoseconds()
        for _ in range(times):
            action()
        return (self.server.cpu_nanoseconds() - before) / times / 1000


def measure_history(options, folder):
    """Compares starts with 0 and with 100,000 stored incidents, and lists and creates with 100 and with 100,000."""
    empty, small, large = (HistoryServer(options, folder, count) for count in (0, 100, 100_000))
    starts = [[one.start() for one in (empty, large)] for _ in range(9)]
    print(f"Start to first answer: {statistics.median(start[0] for start in starts):.0f} ms, with 100,000 "
          f"incidents stored {statistics.median(start[1] for start in starts):.0f} ms, "
          f"ratio {statistics.median(b / a for a, b in starts):.2f} (goal 1.5)")
    # The oldest incident is from 13 September 2020. There is one every ten minutes.
    early = {"start_at": "2020-09-13T13:00:00Z", "end_at": "2020-09-13T18:00:00Z"}
    actions = [("list 25", lambda one: one.list()),
               ("list 25, far back", lambda one: one.list(after=one.far)),
               ("list 25 of a component", lambda one: one.list(component_id=one.component)),
               ("list 25 of a component, far back", lambda one: one.list(component_id=one.component, after=one.far)),
               ("list all 3 of a component", lambda one: one.list(3, component_id=one.rare)),
               ("list 25 in a window", lambda one: one.list(**early)),
               ("list none in a window", lambda one: one.list(0, start_at=early["end_at"], end_at="2020-09-13T18:00:01Z",
                                                              component_id=one.rare)),
               ("list none, before the history", lambda one: one.list(0, end_at="2019-01-01T00:00:00Z")),
               ("list none, after the history", lambda one: one.list(0, start_at="2026-01-01T00:00:00Z")),
               ("create", HistoryServer.create)]
    print("CPU per request with 100 and with 100,000 incidents stored (goal: ratio at most 1.30):")
    for name, action in actions:
        samples = []
        for _ in range(7):
            samples.append([one.cpu(lambda: action(one), 60) for one in (small, large)])
        less, more = (statistics.median(column) for column in zip(*samples))
        ratio = statistics.median(b / a for a, b in samples)
        print(f"  {name:32} {less:7.0f} us {more:9.0f} us   ratio {ratio:.2f}")
    shown = [statistics.median(one.until_shown() for _ in range(50)) for one in (small, large)]
    print(f"Time from a request for an incident until the widget shows it: {shown[0]:.1f} ms and {shown[1]:.1f} ms, "
          f"ratio {shown[1] / shown[0]:.2f}")
    for one in (empty, small, large):
        one.server.stop()
