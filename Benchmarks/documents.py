"""Measures public documents: their cost in a write, and the cost of reading them."""

import http.client
import itertools
import json
import os
import pathlib
import select
import signal
import socket

from history import seed
from servers import Server, call, configuration, free_port, publish_incidents, start_allclear

DOCUMENTS = [
    "", "/history", "/subscribe", "/api/v1/summary", "/api/v2/summary.json", "/api/v2/status.json",
    "/api/v2/components.json", "/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json", "/feed.rss",
    "/feed.atom", "/feed.json", "/maintenances.ics", "/badge.svg", "/badge.json", "/favicon.ico",
]


class Creator:
    """Declares incidents on one connection."""

    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.token = token
        self.page = call(port, token, "/v2/status_pages")["status_pages"][0]["id"]
        self.numbers = itertools.count()

    def create(self):
        body = json.dumps({
            "status_page_id": self.page, "name": "One more", "incident_status": "identified", "message": "We know it.",
            "idempotency_key": f"creator-{next(self.numbers)}", "notify_subscribers": False})
        self.connection.request(
            "POST", "/v2/status_page_incidents", body, {"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise SystemExit(f"a create got {answer.status}: {text}")


def create_cost(binary, folder, ongoing, **settings):
    """Microseconds of processor time for a create while `ongoing` incidents last."""
    folder.mkdir()
    port = free_port()
    server = start_allclear(binary, folder, port, **settings)
    publish_incidents(port, server.token, ongoing)
    creator = Creator(port, server.token)
    for _ in range(20):
        creator.create()
    before = server.cpu_nanoseconds()
    for _ in range(200):
        creator.create()
    cost = (server.cpu_nanoseconds() - before) / 200 / 1000
    server.stop()
    return cost


def large_page():
    """A page with fifty components and ten sub-pages."""
    components = [{"component": {"key": f"c{number}", "name": f"Component {number}"}} for number in range(40)]
    group = {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}}
    sub_pages = [{"sub_page": {"key": f"s{number}", "name": f"Sub-page {number}", "items": [
        {"component": {"key": f"s{number}c", "name": f"Component of {number}"}}]}} for number in range(10)]
    return [{"slug": "acme", "name": "Acme Status", "structure": [components[0], group, *components[1:], *sub_pages]}]


def measure_creates(options, folder):
    print("processor time of a create, on one connection:")
    none = create_cost(options.binary, folder / "none", 0)
    print(f"  no ongoing incident:           {none:6.0f} us")
    for count in (1_000, 4_000):
        cost = create_cost(options.binary, folder / f"many{count}", count)
        print(f"  {count:,} ongoing incidents:     {cost:6.0f} us  {cost / none:.2f} times that")
    large = create_cost(options.binary, folder / "large", 0, pages=large_page())
    print(f"  50 components, 10 sub-pages:   {large:6.0f} us  {large / none:.2f} times that")


def read(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} got {answer.status}")
    return len(body)


def herd(port, path, count):
    """Sends `count` requests at once, and returns how many got 200."""
    sockets = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", port))
        sockets.append(one)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    for one in sockets:
        one.sendall(request)
    heads = {one: b"" for one in sockets}
    waiting = set(sockets)
    poll = select.poll()
    by_number = {one.fileno(): one for one in sockets}
    for one in sockets:
        poll.register(one, select.POLLIN)
    while waiting:
        for number, _ in poll.poll(20_000):
            one = by_number[number]
            received = one.recv(1 << 20)
            heads[one] = (heads[one] + received)[:15]
            if not received:
                poll.unregister(one)
                waiting.discard(one)
                one.close()
    return sum(head.startswith(b"HTTP/1.1 200") for head in heads.values())


def resident_megabytes(server):
    pages = int(pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_documents(options, folder):
    """Measures creates with many ongoing incidents, then documents with 100 ongoing and 10,000 past incidents."""
    measure_creates(options, folder)
    place = folder / "documents"
    place.mkdir()
    port = free_port()
    path = configuration(place, port)
    server = Server("allclear", [options.binary, "serve", "--config", str(path)], port)
    server.stop()
    seed(place / "bench.db", 10_000)
    server = start_allclear(options.binary, place, port)
    publish_incidents(port, server.token, 97)
    creator = Creator(port, server.token)
    before = resident_megabytes(server)
    print("\nprocessor time of the first read after a write, and of a later read, with 100 ongoing and 10,000 past incidents:")
    for document in DOCUMENTS:
        costs = []
        for _ in range(5):
            creator.create()
            start = server.cpu_nanoseconds()
            size = read(port, f"/acme{document}")
            costs.append((server.cpu_nanoseconds() - start) / 1000)
        later = server.alias(document, f"http://127.0.0.1:{port}/acme{document}").measure(options.seconds, 64)
        print(f"  {document or '(the page)':32} {size:8,} bytes  first {sorted(costs)[2]:7.0f} us  later {later:6.1f} us")
    print(f"memory for all of these: {resident_megabytes(server) - before:.1f} MB")
    creator.create()
    start = server.cpu_nanoseconds()
    answered = herd(port, "/acme/feed.rss", 1_000)
    cost = (server.cpu_nanoseconds() - start) / 1e6
    print(f"1,000 readers of the feed right after a write: {answered} answered, {cost:.0f} ms of processor time")
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(timeout=20)
