"""Measures the dashboard: processor time for each screen, the size of the first view, what log-ins cost readers, and what
a create costs compared with an older version."""

import html.parser
import http.client
import re
import sqlite3
import statistics
import subprocess
import threading
import time
import urllib.parse

from live import latencies
from pages import Publisher, components, seed_recent
from servers import Server, configuration, free_port

SCREEN_GOAL_MS = 10
FIRST_VIEW_GOAL_KB = 60
LOG_IN_GOAL = 1.1
COMPONENTS, INCIDENTS = 100, 1_000
EMAIL, PASSWORD = "ada@acme.example", "correct horse battery staple"
PAGE = "/pages/acme"


class Forms(html.parser.HTMLParser):
    """The hidden fields of each form of a screen, by the form's action."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.fields = {}, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.fields = self.forms.setdefault(attributes["action"].removeprefix("/dashboard"), {})
        elif tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes["value"]


class Browser:
    """A connection of a browser to the dashboard, with its cookie."""

    def __init__(self, port):
        self.port, self.cookie = port, None
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def request(self, method, path, fields=None, expected=200):
        headers = {"Host": f"localhost:{self.port}", "Sec-Fetch-Site": "same-origin",
                   "Accept-Encoding": "gzip, deflate, br"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, f"/dashboard{path}", body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != expected:
            raise SystemExit(f"{method} {path} got {answer.status} {answer.getheader('Location')}: {text[:2000]}")
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return text, answer.getheader("Location")

    def screen(self, path):
        return self.request("GET", path)[0].decode()

    def log_in(self):
        self.request("POST", "/login", {"email": EMAIL, "password": PASSWORD}, expected=303)


class DashboardServer:
    """A server with a page of many components and incidents that the dashboard made, and with an owner."""

    def __init__(self, binary, folder, components_count, incidents):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        pages = [{"slug": "acme", "name": "Acme", "structure": components(components_count)}]
        path = configuration(folder, self.port, public_url="http://localhost", pages=pages)
        serve = [binary, "serve", "--config", str(path)]
        Server("first start", serve, self.port).stop()
        seed_recent(incidents)(folder / "bench.db")
        # Only pages that the file does not declare can be edited.
        with sqlite3.connect(folder / "bench.db") as database:
            database.execute("UPDATE pages SET managed_by = 'dashboard'")
        database.close()
        configuration(folder, self.port, public_url="http://localhost", pages=[])
        self.server = Server("allclear", serve, self.port, "/acme/api/v1/summary")
        link = subprocess.run(
            [binary, "users", "setup-link", "--config", path], capture_output=True, text=True, check=True).stdout
        self.browser = Browser(self.port)
        self.browser.request("POST", "/setup", {
            "token": link.split()[-1].rpartition("#")[2], "name": "Ada", "email": EMAIL, "password": PASSWORD},
            expected=303)

    def publish(self):
        """Publishes an incident on some components and schedules a maintenance, and returns their paths."""
        found = {}
        for kind, fields in (
            ("incidents", {"name": "Log-in fails", "status": "investigating", "message": "We are **looking** into it."}),
            ("maintenances", {"name": "New disks", "message": "We replace disks.", "starts": "2990-01-01T10:00",
                              "ends": "2990-01-01T12:00", "time_zone": "UTC"}),
        ):
            review = f"{PAGE}/{kind}/review"
            text = self.browser.screen(f"{PAGE}/{kind}/new")
            chosen = ([(name, "partial_outage") for name in re.findall(r'name="(component-\w+)"', text)][:3]
                      or [("component", name) for name in re.findall(r'name="component" value="(\w+)"', text)][:3])
            form = [*(Forms(text).forms[review] | fields).items(), *chosen]
            self.review = self.review if found else (review, form)
            text = self.browser.request("POST", review, form)[0].decode()
            hidden = re.findall(r'<input type="hidden" name="(\w[^"]*)" value="([^"]*)">', text.partition("data-compose")[2])
            _, location = self.browser.request("POST", f"{PAGE}/{kind}", hidden, expected=303)
            found[kind] = location.partition("?")[0].removeprefix("/dashboard")
        return found

    def cpu(self, work, times):
        """Milliseconds of processor time for each call."""
        before = self.server.cpu_nanoseconds()
        for _ in range(times):
            work()
        return (self.server.cpu_nanoseconds() - before) / times / 1e6


def measure_screens(options, folder):
    one = DashboardServer(options.binary, folder, COMPONENTS, INCIDENTS)
    events = one.publish()
    users = re.search(r'href="/dashboard(/users/\w{26})"', one.browser.screen("/users")).group(1)
    screens = [
        "", PAGE, f"{PAGE}/incidents", f"{PAGE}/incidents?search=Incident+7", f"{PAGE}/incidents/new", events["incidents"],
        f"{PAGE}/maintenances", f"{PAGE}/maintenances/new", events["maintenances"], f"{PAGE}/structure",
        f"{PAGE}/structure/preview", f"{PAGE}/templates", f"{PAGE}/templates/new", f"{PAGE}/subscribers",
        f"{PAGE}/deliveries", f"{PAGE}/settings", f"{PAGE}/settings/widget", f"{PAGE}/settings/domain",
        f"{PAGE}/settings/branding", f"{PAGE}/settings/archive", f"{PAGE}/settings/export", "/pages/new",
        "/pages/archived", "/api-keys", "/api-keys/new", "/users", "/users/new", users, "/audit", "/account",
        "/account/password", "/account/two-factor", "/account/sessions", "/system", "/login",
    ]
    works = {path or "/": lambda path=path: one.browser.screen(path) for path in screens}
    path, form = one.review
    works[f"POST {path}"] = lambda: one.browser.request("POST", path, form)
    times = 10 * options.seconds
    samples = {name: [] for name in works}
    for _ in range(min(options.rounds, 9)):
        for name, work in works.items():
            samples[name].append(one.cpu(work, times))
    print(f"CPU per screen with {COMPONENTS} components and {INCIDENTS:,} incidents (goal {SCREEN_GOAL_MS} ms):")
    for name, values in samples.items():
        name = name.replace(events["incidents"], f"{PAGE}/incidents/ID").replace(
            events["maintenances"], f"{PAGE}/maintenances/ID").replace(users, "/users/ID")
        print(f"  {name:36} {statistics.median(values):6.2f} ms", flush=True)
    one.server.stop()


def measure_first_view(options, folder):
    """Measures what a browser loads to publish an incident for the first time."""
    print(f"Bytes of the form for a new incident, its style and its script (goal {FIRST_VIEW_GOAL_KB} KB):")
    for count in (3, COMPONENTS):
        one = DashboardServer(options.binary, folder / f"view {count}", count, 3)
        text = one.browser.screen(f"{PAGE}/incidents/new")
        assets = set(re.findall(r'(?:href|src)="/dashboard(/assets/[^"]+)"', text))
        sizes = [len(text.encode())] + [len(one.browser.request("GET", asset)[0]) for asset in sorted(assets)]
        print(f"  {count:3} components: {' + '.join(f'{size:,}' for size in sizes)} = {sum(sizes) / 1_000:.1f} KB", flush=True)
        one.server.stop()


class LogIns(threading.Thread):
    """Logs in again and again."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.count, self.is_over = port, 0, False

    def run(self):
        browser = Browser(self.port)
        while not self.is_over:
            browser.log_in()
            self.count += 1


def measure_log_ins(options, folder):
    """Compares the latency of widget reads during log-ins and without."""
    one = DashboardServer(options.binary, folder, 3, 3)
    highest = one.server.throughput(2, 64)
    connections = max(2, round(highest / 2 * 0.010))
    quiet, busy, counts = [], [], []
    for _ in range(max(3, options.rounds // 2)):
        quiet.append(latencies(folder, one.server.url, connections, 3))
        clients = [LogIns(one.port) for _ in range(4)]
        begin = time.monotonic()
        for client in clients:
            client.start()
        busy.append(latencies(folder, one.server.url, connections, 3))
        for client in clients:
            client.is_over = True
        for client in clients:
            client.join()
        counts.append(sum(client.count for client in clients) / (time.monotonic() - begin))
    print(f"Widget reads at half of the maximum throughput of {highest:.0f} per second, over {connections} connections:")
    for name, rows in (("alone", quiet), (f"with {statistics.median(counts):.1f} log-ins per second", busy)):
        p50, p99, p999, rate = (statistics.median(column) for column in zip(*rows))
        print(f"  {name:32} {rate:6.0f} per second: p50 {p50:.0f} us, p99 {p99:.0f} us, p99.9 {p999:.0f} us")
    ratio = statistics.median(b[1] / a[1] for a, b in zip(quiet, busy))
    print(f"  p99 with log-ins / alone: {ratio:.2f} (goal {LOG_IN_GOAL})", flush=True)
    one.server.stop()


def measure_creates(options, folder):
    """Compares creates through the API with those of an older version."""
    if not options.before:
        print("Creates compared with an older version: not measured without --before")
        return
    pages = [{"slug": "acme", "name": "Acme", "structure": components(20)}]
    now, before = [
        Publisher(binary, folder / name, pages=pages) for name, binary in (("now", options.binary), ("before", options.before))]
    times = 50 * options.seconds
    samples = []
    for number in range(options.rounds * 2):
        row = {}
        # Each version goes first in every other round.
        for publisher in (now, before) if number % 2 else (before, now):
            cpu, begin = publisher.server.cpu_nanoseconds(), time.monotonic()
            for _ in range(times):
                resolve(publisher, publisher.declare("Acme"))
            duration = time.monotonic() - begin
            row[publisher] = ((publisher.server.cpu_nanoseconds() - cpu) / times / 1e3, duration / times * 1e6)
        samples.append((*row[now], *row[before]))
    print("A create and its resolution through the API, compared with the older version:")
    for name, new, old in (("processor time", 0, 2), ("duration", 1, 3)):
        ratio = statistics.median(row[new] / row[old] for row in samples)
        first, second = (statistics.median(row[place] for row in samples) for place in (new, old))
        print(f"  {name:16} {first:7.0f} us, before {second:7.0f} us, ratio {ratio:.2f}", flush=True)
    now.server.stop()
    before.server.stop()


def resolve(publisher, incident):
    """Resolves an incident, so that the number of ongoing ones stays the same."""
    publisher.post("status_page_incident_updates", status_page_incident_id=incident, incident_status="resolved",
                   message="It is over.", notify_subscribers=False)


def measure_dashboard(options, folder):
    measure_screens(options, folder / "screens")
    measure_first_view(options, folder / "view")
    measure_log_ins(options, folder / "log-ins")
    measure_creates(options, folder / "creates")
