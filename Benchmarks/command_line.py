"""Measures how long an incident takes from the shell until the widget shows it: the command compared with curl."""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

from servers import call, free_port, start_allclear

GOAL = 1.5
PATH = "/v2/status_page_incidents"


class Reader:
    """A reader of the widget's stream, which sends each new document at once."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.connection.sendall(b"GET /acme/api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.seen = b""

    def wait_for(self, text):
        end = time.monotonic() + 10
        while text.encode() not in self.seen:
            # Without news, the server sends a comment every few seconds.
            chunk = self.connection.recv(65536)
            if not chunk or time.monotonic() > end:
                sys.exit(f"the widget did not show {text!r}")
            self.seen += chunk
        self.seen = b""


def measure_command_line(options, folder):
    port = free_port()
    server = start_allclear(options.binary, folder, port, processors=f"0-{os.cpu_count() - 1}")
    page = call(port, server.token, "/v2/status_pages")["status_pages"][0]["id"]
    reader = Reader(port)
    body = {"status_page_id": page, "incident_status": "investigating", "message": "We are looking into it.",
            "notify_subscribers": False, "component_statuses": []}

    def declare_with_curl(name):
        return ["curl", "--silent", "--fail", "--header", f"Authorization: Bearer {server.token}", "--header", "Content-Type: application/json",
                "--data", json.dumps({**body, "name": name, "idempotency_key": name}), f"http://127.0.0.1:{port}{PATH}"]

    def declare_with_command(name):
        return [options.binary, "incidents", "declare", "--config", str(folder / "config.json"), "--name", name,
                "--message", body["message"]]

    def measure(command, name):
        """Milliseconds until the widget shows the incident that a process declares."""
        begin = time.monotonic()
        process = subprocess.Popen(command(name), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        reader.wait_for(name)
        duration = (time.monotonic() - begin) * 1000
        answer = process.communicate(timeout=20)[0].decode()
        incident = json.loads(answer)["status_page_incident"]["id"] if answer.startswith("{") else answer.strip()
        # Deletes the incident, so that the widget does not grow.
        urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{port}{PATH}/{incident}", method="DELETE",
            headers={"Authorization": f"Bearer {server.token}"})).close()
        return duration

    times = {declare_with_curl: [], declare_with_command: []}
    # The first run of each command fills caches, and is not counted.
    for number in range(options.rounds * 3 + 1):
        for command in times:
            times[command].append(measure(command, f"Incident {number} by {command.__name__}."))
    curl, commands = (values[1:] for values in times.values())
    ratio = statistics.median(command / other for command, other in zip(commands, curl))
    print(f"From the shell to the widget: curl {statistics.median(curl):.1f} ms, incidents declare "
          f"{statistics.median(commands):.1f} ms, ratio {ratio:.2f} (goal {GOAL})")
    server.stop()
