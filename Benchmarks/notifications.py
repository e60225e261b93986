"""Measures notifications: the rate of emails, and their cost for everything else.

All emails go to Postfix's smtp-sink, on the processor of the clients. Postfix's smtp-source and a loop with smtplib
send messages of the same size to it, on the server's processor.
"""

import http.client
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import threading
import time
import urllib.request

from servers import CLIENT_CPU, SERVER_CPU, call, free_port, start_allclear, wait_for

CONNECTIONS = 4


class Sink:
    """Accepts all emails. Can wait before each answer to a message, and can keep all messages in a file."""

    def __init__(self, folder, seconds=0, keeps=False):
        self.port = free_port()
        self.dump = folder / f"mails-{self.port}"
        command = ["taskset", "-c", CLIENT_CPU, "smtp-sink"]
        if os.getuid() == 0:
            command += ["-u", "nobody"]
            folder.chmod(0o777)
        command += ["-w", str(seconds)] if seconds else []
        command += ["-D", str(self.dump)] if keeps else []
        self.process = subprocess.Popen(
            [*command, f"127.0.0.1:{self.port}", "1000"], cwd=folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_for(self.port)

    def message_ids(self):
        """The Message-ID of each email that arrived."""
        return re.findall(rb"^Message-ID: *(\S+)", self.dump.read_bytes(), re.MULTILINE) if self.dump.exists() else []

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Publisher:
    """A server whose page has email subscribers."""

    def __init__(self, binary, folder, sink, subscribers, **mail):
        folder.mkdir()
        self.binary, self.folder, self.port = binary, folder, free_port()
        self.settings = {
            "public_url": "https://status.example.com",
            "mail": {
                "host": "127.0.0.1", "port": sink.port if sink else 9, "tls": "none", "from": "status@example.com",
                "max_connections": CONNECTIONS, "max_messages_per_connection": 100_000, **mail,
            },
            "subscribers": {"max_for_api_notification": 0},
        }
        self.number = 0
        self.server = start_allclear(binary, folder, self.port, **self.settings)
        self.token = subprocess.run(
            [binary, "keys", "create", "--name", "mail", "--role", "status_page_publisher", "--role",
             "subscribers_manage", "--config", str(folder / "config.json")],
            capture_output=True, text=True, check=True).stdout.strip()
        self.page = self.call("/v2/status_pages")["status_pages"][0]["id"]
        for start in range(0, subscribers, 1_000):
            self.call("/v2/status_page_subscribers/actions/import", {
                "status_page_id": self.page, "confirmed": True, "subscribers": [
                    {"email": f"user{number}@example.net"} for number in range(start, min(start + 1_000, subscribers))]})

    def call(self, path, body=None):
        return call(self.port, self.token, path, body)

    def declare(self, notifies=True):
        self.number += 1
        return self.call("/v2/status_page_incidents", {
            "status_page_id": self.page, "name": f"Elevated error rates {self.number}",
            "incident_status": "investigating", "message": "We are looking into failing requests. " * 8,
            "idempotency_key": f"notify-{random.random()}", "notify_subscribers": notifies})

    def counts(self):
        """How many deliveries the newest notification has in each state."""
        path = f"/v2/status_page_notifications?status_page_id={self.page}&page_size=1"
        newest = self.call(path)["status_page_notifications"]
        return newest[0]["deliveries"] if newest else {}

    def wait_until_sent(self, count, seconds=120):
        deadline = time.monotonic() + seconds
        while self.counts().get("sent", 0) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"after {seconds} s: {self.counts()}")
            time.sleep(0.05)

    def resident_megabytes(self):
        pages = int(pathlib.Path(f"/proc/{self.server.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self):
        self.server.stop()


def smtplib_rate(sink, size, count=2_000):
    """Emails per second of a loop over one connection, in a separate process."""
    script = f"""
import smtplib, time
message = b"Subject: x\\r\\n\\r\\n" + b"a" * 70 + b"\\r\\n"
message += (b"a" * 70 + b"\\r\\n") * (({size} - len(message)) // 72)
with smtplib.SMTP("127.0.0.1", {sink.port}) as smtp:
    smtp.ehlo()
    start = time.monotonic()
    for number in range({count}):
        smtp.sendmail("status@example.com", [f"user{{number}}@example.net"], message)
    print({count} / (time.monotonic() - start))
"""
    return float(subprocess.run(
        ["taskset", "-c", SERVER_CPU, "python3", "-c", script], capture_output=True, text=True, check=True).stdout)


def smtp_source_rate(sink, size, count=10_000):
    start = time.monotonic()
    subprocess.run(
        ["taskset", "-c", SERVER_CPU, "smtp-source", "-s", str(CONNECTIONS), "-m", str(count), "-l", str(size), "-d",
         "-f", "status@example.com", "-t", "user@example.net", f"127.0.0.1:{sink.port}"], check=True)
    return count / (time.monotonic() - start)


def mail_size(binary, folder):
    """The bytes of one email."""
    sink = Sink(folder, keeps=True)
    publisher = Publisher(binary, folder / "size", sink, 1)
    publisher.declare()
    publisher.wait_until_sent(1)
    publisher.stop()
    sink.stop()
    return sink.dump.stat().st_size


def measure_speed(options, folder):
    size = mail_size(options.binary, folder)
    sink = Sink(folder)
    publisher = Publisher(options.binary, folder / "speed", sink, 10_000)
    rates = {"smtplib": [], "source": [], "ours": []}
    for _ in range(3):
        rates["smtplib"].append(smtplib_rate(sink, size))
        rates["source"].append(smtp_source_rate(sink, size))
        publisher.declare()
        start, before = time.monotonic(), publisher.server.cpu_nanoseconds()
        publisher.wait_until_sent(10_000)
        rates["ours"].append(10_000 / (time.monotonic() - start))
        cost = (publisher.server.cpu_nanoseconds() - before) / 10_000 / 1_000
    ratios = {
        name: statistics.median(ours / other for ours, other in zip(rates["ours"], rates[name]))
        for name in ("smtplib", "source")}
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(f"10,000 emails of {size:,} bytes over {CONNECTIONS} connections: {medians['ours']:,.0f} a second, "
          f"{cost:.0f} us of processor time each")
    print(f"  smtplib, one connection: {medians['smtplib']:,.0f} a second; ratio {ratios['smtplib']:.2f}")
    print(f"  smtp-source, {CONNECTIONS} connections: {medians['source']:,.0f} a second; ratio {ratios['source']:.2f}")
    publisher.stop()
    sink.stop()


def measure_declaring(options, folder):
    """Compares declaring with subscribers and without. The emails wait, because no relay answers."""
    few = Publisher(options.binary, folder / "none", None, 0)
    many = Publisher(options.binary, folder / "many", None, 10_000)
    many_times, few_times = [], []
    for _ in range(20):
        for publisher, times in ((few, few_times), (many, many_times)):
            start = time.monotonic()
            publisher.declare()
            times.append((time.monotonic() - start) * 1_000)
            if publisher is many:
                # The fan-out is not measured here, so wait until it is done.
                while publisher.call("/v2/status_page_delivery_status")["delivery_status"]["pending"]:
                    time.sleep(0.02)
    ratio = statistics.median(many_times) / statistics.median(few_times)
    print(f"declaring with 10,000 subscribers: {statistics.median(many_times):.2f} ms, with none "
          f"{statistics.median(few_times):.2f} ms; ratio {ratio:.2f}")
    few.stop()
    many.stop()


def read_times(port, seconds):
    """How long reads of the widget take, in milliseconds, at 200 reads a second."""
    connection, times = http.client.HTTPConnection("127.0.0.1", port), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        connection.request("GET", "/acme/api/v1/summary")
        connection.getresponse().read()
        times.append((time.monotonic() - start) * 1_000)
        time.sleep(0.005)
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def measure_readers(options, folder):
    """Measures reads during a fan-out, and a confirmation email while updates wait."""
    sink = Sink(folder)
    publisher = Publisher(options.binary, folder / "readers", sink, 20_000)
    quiet = read_times(publisher.port, 3)
    publisher.declare()
    busy = read_times(publisher.port, 3)
    waiting = publisher.counts()
    print(f"widget reads: median {quiet[0]:.2f} ms and p99 {quiet[1]:.2f} ms; during a fan-out of 20,000 "
          f"{busy[0]:.2f} and {busy[1]:.2f} ms; ratios {busy[0] / quiet[0]:.2f} and {busy[1] / quiet[1]:.2f} {waiting}")
    publisher.stop()
    sink.stop()
    slow = Sink(folder, seconds=1)
    publisher = Publisher(options.binary, folder / "confirmation", slow, 10_000)
    publisher.declare()
    time.sleep(3)
    start = time.monotonic()
    subscriber = publisher.call("/v2/status_page_subscribers", {
        "status_page_id": publisher.page, "channel": "email", "email": "new@example.net"})["status_page_subscriber"]
    path = f"/v2/status_page_deliveries?status_page_id={publisher.page}&subscriber_id={subscriber['id']}"
    while publisher.call(path)["status_page_deliveries"][0]["state"] != "sent":
        time.sleep(0.02)
    print(f"a confirmation while {publisher.counts()['pending']:,} updates wait for a relay that takes 1 s for each: "
          f"{time.monotonic() - start:.1f} s")
    publisher.server.process.kill()
    publisher.server.process.wait()
    slow.stop()


def longest_write(publisher, action):
    """The longest of the writes that run during `action`, in milliseconds."""
    stop, times = threading.Event(), []

    def write():
        while not stop.is_set():
            start = time.monotonic()
            publisher.declare(notifies=False)
            times.append((time.monotonic() - start) * 1_000)

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(0.5)
    times.clear()
    action()
    stop.set()
    thread.join()
    return max(times)


def measure_deleting(options, folder):
    """Measures writes while an event with 100,000 waiting deliveries is deleted.
    The emails wait, because no relay answers.
    """
    publisher = Publisher(options.binary, folder / "deleting", None, 100_000)
    event = publisher.declare()["status_page_incident"]["id"]
    while publisher.call("/v2/status_page_delivery_status")["delivery_status"]["pending"]:
        time.sleep(0.1)
    quiet = longest_write(publisher, lambda: time.sleep(2))
    request = urllib.request.Request(
        f"http://127.0.0.1:{publisher.port}/v2/status_page_incidents/{event}", method="DELETE",
        headers={"Authorization": f"Bearer {publisher.token}"})
    busy = longest_write(publisher, lambda: urllib.request.urlopen(request).close())
    print(f"longest write: {quiet:.0f} ms, and {busy:.0f} ms while an event with 100,000 waiting emails is deleted; "
          f"ratio {busy / quiet:.1f}")
    publisher.stop()


def measure_memory(options, folder):
    sizes = []
    for count in (10_000, 100_000):
        sink = Sink(folder)
        publisher = Publisher(options.binary, folder / f"memory{count}", sink, count)
        publisher.declare()
        peak = 0
        while publisher.counts().get("sent", 0) < count:
            peak = max(peak, publisher.resident_megabytes())
            time.sleep(0.2)
        sizes.append(peak)
        publisher.stop()
        sink.stop()
    print(f"resident memory during a fan-out: {sizes[0]:.0f} MB with 10,000 subscribers, {sizes[1]:.0f} MB with 100,000; "
          f"ratio {sizes[1] / sizes[0]:.2f}")


def measure_crashes(options, folder):
    """kill -9 at 20 moments of a fan-out of 2,000."""
    sink = Sink(folder, keeps=True)
    publisher = Publisher(options.binary, folder / "crashes", sink, 2_000)
    lost = doubled = 0
    arrived = 0
    for round_ in range(20):
        publisher.declare()
        time.sleep(0.2 + random.random() * 0.8)
        publisher.server.process.send_signal(signal.SIGKILL)
        publisher.server.process.wait()
        publisher.server = start_allclear(options.binary, publisher.folder, publisher.port, **publisher.settings)
        publisher.wait_until_sent(2_000)
        new = sink.message_ids()[arrived:]
        arrived += len(new)
        lost += 2_000 - len(set(new))
        doubled = max(doubled, len(new) - len(set(new)))
    print(f"kill -9 at 20 moments of a fan-out of 2,000: {lost} lost, at most {doubled} doubled in one round "
          f"(limit {100 + CONNECTIONS})")
    publisher.stop()
    sink.stop()


def measure_notifications(options, folder):
    measure_speed(options, folder)
    measure_declaring(options, folder)
    measure_readers(options, folder)
    measure_deleting(options, folder)
    measure_memory(options, folder)
    measure_crashes(options, folder)
