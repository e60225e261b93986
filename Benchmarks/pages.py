"""Measures the pages that people look at: the cost of reading the front page, its cost in a write, and the cost of event
pages and of the history after many events."""

import http.client
import itertools
import json
import secrets
import sqlite3
import statistics
import subprocess
import time

from history import HistoryServer, ulid
from reads import Read
from servers import Server, call, configuration, free_port, whole_response

READ_GOAL = 1.15
HISTORY_GOAL = 1.3


def components(count):
    """A structure with that many components, each with an uptime bar."""
    return [{"component": {"key": f"c{number}", "name": f"Component {number}"}} for number in range(count)]


class Publisher:
    """A server with a key, and one connection for writes."""

    def __init__(self, binary, folder, prepare=None, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        path = configuration(folder, self.port, **settings)
        serve = [binary, "serve", "--config", str(path)]
        if prepare:
            Server("first start", serve, self.port).stop()
            prepare(folder / "bench.db")
        self.server = Server("allclear", serve, self.port, "/acme")
        command = [binary, "keys", "create", "--name", "bench", "--role", "status_page_publisher", "--config", path]
        self.token = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        self.pages = {page["name"]: page["id"] for page in call(self.port, self.token, "/v2/status_pages")["status_pages"]}
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.numbers = itertools.count()

    def post(self, path, **body):
        self.connection.request(
            "POST", f"/v2/{path}", json.dumps(body), {"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{path} got {answer.status}: {text}")
        return json.loads(text)

    def declare(self, page, message="We know it."):
        return self.post(
            "status_page_incidents", status_page_id=self.pages[page], name="One more", incident_status="identified",
            message=message, idempotency_key=f"page-{next(self.numbers)}", notify_subscribers=False,
        )["status_page_incident"]["id"]

    def update(self, incident, message):
        self.post("status_page_incident_updates", status_page_incident_id=incident, incident_status="identified",
                  message=message, notify_subscribers=False)


# Reading the front page

def body_size(port, path, fields):
    return len(whole_response(port, path, fields).partition(b"\r\n\r\n")[2])


def grow_widget(publisher, wanted, fields):
    """Makes the widget of the other page as large as wanted, within a hundredth, with messages that hardly compress."""
    path = "/other/api/v1/summary"
    while body_size(publisher.port, path, fields) < wanted - 4_000:
        publisher.declare("Other", secrets.token_hex(1_500))
    incident, length = publisher.declare("Other", "x"), 0
    for _ in range(20):
        missing = wanted - body_size(publisher.port, path, fields)
        if abs(missing) <= wanted / 100:
            return
        length = max(1, length + missing)
        publisher.update(incident, secrets.token_hex(length)[:length])
    raise SystemExit("the widget did not become as large as the page")


def compare_page_reads(options, folder):
    """Compares reads of the front page with reads of a widget of the same size."""
    print(f"CPU per read of a front page with 20 components, and of a widget of that size (goal {READ_GOAL}):")
    for name, fields in (("plain", {}), ("br", {"Accept-Encoding": "gzip, deflate, br"})):
        publisher = Publisher(options.binary, folder / name, pages=[
            {"slug": "acme", "name": "Acme", "structure": components(20)}, {"slug": "other", "name": "Other"}])
        size = body_size(publisher.port, "/acme", fields)
        grow_widget(publisher, size, fields)
        page = publisher.server
        widget = page.alias("widget", f"http://127.0.0.1:{publisher.port}/other/api/v1/summary")
        script = Read(name, fields=fields).script(folder)
        samples = [[one.measure(options.seconds, 64, script) for one in (page, widget)] for _ in range(options.rounds)]
        ours, other = (statistics.median(column) for column in zip(*samples))
        ratio = statistics.median(a / b for a, b in samples)
        print(f"  {name:6} {size:8,} bytes: page {ours:6.2f} us, widget {other:6.2f} us, ratio {ratio:.2f}", flush=True)
        page.stop()


# Rendering the front page

def seed_recent(count):
    """Returns a function that stores resolved incidents of the last 90 days on all components in turn."""
    def seed(database):
        connection = sqlite3.connect(database)
        page = connection.execute("SELECT id FROM pages").fetchone()[0]
        on = [row[0] for row in connection.execute("SELECT id FROM components ORDER BY id")]
        step = 90 * 86_400_000 // (count + 1)
        begin = int(time.time() * 1000) - 90 * 86_400_000
        with connection:
            for number in range(count):
                insert_incident(connection, page, on[number % len(on)], number, begin + (number + 1) * step - 7_200_000)
        connection.close()
    return seed


def insert_incident(connection, page, component, number, begin):
    """Stores a partial outage of an hour with two updates."""
    incident, end = ulid(number + 1), begin + 3_600_000
    connection.execute("INSERT INTO incidents (id, page_id, name, status, published_at, changed_at) "
                       "VALUES (?, ?, ?, 'resolved', ?, ?)", (incident, page, f"Incident {number}", begin, end))
    for position, (status, at) in enumerate((("investigating", begin), ("resolved", end))):
        connection.execute(
            "INSERT INTO incident_updates (id, incident_id, position, published_at, message, status, "
            "notify_subscribers) VALUES (?, ?, ?, ?, 'What we know so far.', ?, 0)",
            (ulid(10**12 + number * 2 + position), incident, position, at, status))
        connection.execute(
            "INSERT INTO incident_update_components (incident_id, update_position, position, component_id, status) "
            "VALUES (?, ?, 0, ?, ?)",
            (incident, position, component, "partial_outage" if position == 0 else "operational"))
    connection.execute(
        "INSERT INTO incident_impacts (incident_id, position, component_id, status, start_at, end_at) "
        "VALUES (?, 0, ?, 'partial_outage', ?, ?)", (incident, component, begin, end))
    connection.executemany(
        "INSERT INTO incident_reaches (incident_id, component_id, page_id, published_at, reach) "
        "VALUES (?, ?, ?, ?, 3600000)", [(incident, on, page, begin) for on in (component, None)])


def measure_page_writes(options, folder):
    """Measures the processor time that the front page adds to an update of an incident. The updates are far enough apart
    for the server to render the page after each. A browser that follows the page also makes the server compress it."""
    print("Processor time that the front page adds to a write, and with a reader of it in a browser:")
    for name, count, stored, goal in (("20 components", 20, 0, 1), ("100 components, 1,000 incidents", 100, 1_000, 3)):
        publishers = [
            Publisher(options.binary, folder / f"{count} {kind}", seed_recent(stored) if stored else None, pages=[
                {"slug": "acme", "name": "Acme", "site": {"enabled": kind != "none"}, "structure": components(count)}])
            for kind in ("none", "page", "read")]
        incidents = [publisher.declare("Acme") for publisher in publishers]
        samples = []
        for number in range(options.rounds * 4):
            row = []
            for publisher, incident in zip(publishers, incidents):
                before = publisher.server.cpu_nanoseconds()
                publisher.update(incident, f"Update {number}.")
                # Another thread renders the page after the write, and then pauses.
                time.sleep(0.3)
                row.append((publisher.server.cpu_nanoseconds() - before) / 1e6)
            body_size(publishers[-1].port, "/acme", {"Accept-Encoding": "gzip, deflate, br"})
            samples.append(row)
        page, read = (statistics.median(row[place] - row[0] for row in samples) for place in (1, 2))
        print(f"  {name:32} {page:5.2f} ms (goal {goal}), {read:5.2f} ms with a reader", flush=True)
        for publisher in publishers:
            publisher.server.stop()


# Event pages and the history


def read(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} got {answer.status}")
    connection.close()


def measure_page_history(options, folder):
    """Compares pages with 100 and with 100,000 stored events. Both servers have the same 60 events of the last months."""
    servers = [HistoryServer(options, folder, count) for count in (100, 100_000)]
    for one in servers:
        events = [one.create() for _ in range(60)]
        one.event = f"/acme/incidents/{events[30]}"
    print(f"CPU per read of a page with 100 and with 100,000 stored events (goal: ratio at most {HISTORY_GOAL}):")
    for name, path in (("event", lambda one: one.event), ("history", lambda one: "/acme/history")):
        first, later = [], []
        for _ in range(options.rounds * 3):
            row = []
            for one in servers:
                # After each change of an ongoing event, all pages are rendered again.
                one.request("/v2/status_page_incidents", ongoing(one))
                # Meanwhile, the server renders the front page.
                time.sleep(0.3)
                row.append(one.cpu(lambda: read(one.port, path(one)), 1))
            first.append(row)
        for _ in range(options.rounds):
            later.append([
                one.server.alias(name, f"http://127.0.0.1:{one.port}{path(one)}").measure(options.seconds, 64)
                for one in servers])
        for when, samples in (("first read after a change", first), ("repeated read", later)):
            less, more = (statistics.median(column) for column in zip(*samples))
            ratio = statistics.median(b / a for a, b in samples)
            print(f"  {name}, {when:28} {less:8.1f} us {more:8.1f} us   ratio {ratio:.2f}", flush=True)
    for one in servers:
        one.server.stop()


def ongoing(one):
    one.created += 1
    return {"status_page_id": one.page, "name": "Now", "incident_status": "identified", "message": "It is.",
            "idempotency_key": f"now-{one.created}", "notify_subscribers": False}
