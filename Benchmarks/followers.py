"""Measures how soon open pages show a write. Each reader follows the page's stream. After each event it waits up to three
seconds, as the page's script does, and then fetches the page."""

import heapq
import os
import random
import re
import resource
import select
import socket
import time

from pages import Publisher, components
from servers import CLIENT_CPU, whole_response

READERS = 500
WRITES = 8
GOAL = 1.5
LONGEST_DELAY = 3
FIELDS = {"Accept": "text/html", "Accept-Encoding": "gzip, deflate, br", "Cache-Control": "no-cache"}
FETCH = "\r\n".join(
    ["GET /acme HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in FIELDS.items()), "", ""]).encode()
STREAM = b"GET /acme/api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"


class Reader:
    """An open page: a stream, and a connection for fetches."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port))
        self.stream.sendall(STREAM)
        self.fetches = socket.create_connection(("127.0.0.1", port))
        self.received = b""

    def page(self):
        """The entity tag and whether the status is 200, once the whole page has arrived."""
        self.received += self.fetches.recv(1 << 20)
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end or len(body) < int(re.search(rb"(?i)content-length: (\d+)", head).group(1)):
            return None
        self.received = b""
        return re.search(rb"(?i)etag: (\S+)", head).group(1), head.startswith(b"HTTP/1.1 200 ")


def tag(port):
    return re.search(rb"(?i)etag: (\S+)", whole_response(port, "/acme", FIELDS)).group(1)


class Audience:
    """All readers, in one loop."""

    def __init__(self, port, count):
        self.readers = [Reader(port) for _ in range(count)]
        self.poll = select.epoll()
        self.by_number = {}
        for reader in self.readers:
            for one in (reader.stream, reader.fetches):
                self.by_number[one.fileno()] = (reader, one is reader.stream)
                self.poll.register(one, select.EPOLLIN)

    def drain(self, seconds):
        """Reads the first events."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for number, _ in self.poll.poll(0.1):
                self.by_number[number][0].stream.recv(1 << 20)

    def follow(self, answered, expected):
        """Lets every reader follow one write. Returns the seconds until the events, the seconds that fetches took, and how
        many fetches failed or returned an older page."""
        events, fetches, failed = {}, [], 0
        waiting, began = [], {}
        while len(fetches) < len(self.readers):
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, reader = heapq.heappop(waiting)
                began[reader] = time.monotonic()
                reader.fetches.sendall(FETCH)
            pause = waiting[0][0] - time.monotonic() if waiting else 1
            for number, _ in self.poll.poll(max(0, pause)):
                reader, is_stream = self.by_number[number]
                if is_stream:
                    if b"id: " in reader.stream.recv(1 << 20) and reader not in events:
                        events[reader] = max(0, time.monotonic() - answered)
                        due = time.monotonic() + random.random() * LONGEST_DELAY
                        heapq.heappush(waiting, (due, number, reader))
                elif page := reader.page():
                    fetches.append((events[reader], time.monotonic() - began[reader], time.monotonic() - answered))
                    failed += page != (expected, True)
        return fetches, failed


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def measure_followers(options, folder):
    """Measures how soon 500 open pages have fetched the page after a write."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(CLIENT_CPU)})
    try:
        publisher = Publisher(options.binary, folder, pages=[
            {"slug": "acme", "name": "Acme", "structure": components(20)}])
        incident = publisher.declare("Acme")
        audience = Audience(publisher.port, READERS)
        audience.drain(2)
        rows, failed = [], 0
        for number in range(WRITES):
            publisher.update(incident, f"Update {number}.")
            answered = time.monotonic()
            found, wrong = audience.follow(answered, tag(publisher.port))
            rows += found
            failed += wrong
        publisher.server.stop()
    finally:
        os.sched_setaffinity(0, before)
    names = ("the event", "the page, once fetched", "both, with the random delay")
    print(f"Time until {READERS} open pages got each of {WRITES} writes, {failed} failed or stale reads:")
    for name, column in zip(names, zip(*rows)):
        print(f"  {name:28} p50 {percentile(column, 0.5):.3f} s, p99 {percentile(column, 0.99):.3f} s")
    sent = percentile([event + fetch for event, fetch, _ in rows], 0.99)
    print(f"  p99 of event and fetch, without the delay that readers choose: {sent:.3f} s (goal {GOAL})")
