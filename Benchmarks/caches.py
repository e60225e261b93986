"""Measures copies outside the server: how soon a purge makes a change visible behind Varnish, and how much a mirror or a
dead purge target slows writes."""

import http.client
import json
import pathlib
import random
import re
import shutil
import statistics
import time

from servers import CLIENT_CPU, Server, free_port, start_allclear

OPERATIONS = pathlib.Path(__file__).parents[1] / "docs" / "operations.md"


class Client:
    """Renames an ongoing incident over one connection."""

    def __init__(self, server, port):
        self.path, self.number = server.path, 0
        self.headers = {"Authorization": f"Bearer {server.token}"}
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.incident = json.loads(self.read(self.connection))["ongoing_incidents"][0]["id"]

    def read(self, connection):
        connection.request("GET", self.path)
        return connection.getresponse().read()

    def rename(self):
        """Returns the new name."""
        self.number += 1
        name = f"Now number {self.number} of many"
        self.connection.request(
            "PUT", f"/v2/status_page_incidents/{self.incident}", json.dumps({"name": name}), self.headers)
        response = self.connection.getresponse()
        response.read()
        assert response.status == 200, response.status
        return name.encode()

    def seconds_per_write(self, seconds):
        start, count = time.monotonic(), 0
        while time.monotonic() - start < seconds:
            self.rename()
            count += 1
        return (time.monotonic() - start) / count


def start_varnish(folder, port, backend):
    """Varnish as docs/operations.md configures it."""
    text = re.search(r"```vcl\n(.*?)```", OPERATIONS.read_text(), re.DOTALL).group(1)
    (folder / "allclear.vcl").write_text(text.replace('.port = "8080"', f'.port = "{backend}"'))
    varnish = shutil.which("varnishd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    return Server("varnish", [
        varnish, "-F", "-a", f"127.0.0.1:{port}", "-f", str(folder / "allclear.vcl"), "-n", str(folder / "varnish"),
        "-s", "malloc,32m"], port, processors=CLIENT_CPU)


def measure_visibility(options, folder):
    folder.mkdir()
    folder.chmod(0o755)
    port, cache_port = free_port(), free_port()
    varnish = start_varnish(folder, cache_port, port)
    server = start_allclear(
        options.binary, folder, port, cache_tags=True, webhooks={"allowed_networks": ["127.0.0.1"]},
        purge=[{"method": "BAN", "url": f"http://127.0.0.1:{cache_port}/", "headers": {"X-Key": "{key}"}}])
    client = Client(server, port)
    cache = http.client.HTTPConnection("127.0.0.1", cache_port)
    delays = []
    for _ in range(50 * options.rounds):
        client.read(cache)
        name = client.rename()
        answered = time.monotonic()
        while name not in client.read(cache):
            assert time.monotonic() - answered < 20, "the change never became visible"
            time.sleep(0.001)
        delays.append(time.monotonic() - answered)
        time.sleep(0.02)
    delays.sort()
    print(f"A change behind Varnish with a purge: median {statistics.median(delays) * 1000:.1f} ms, 99th percentile "
          f"{delays[int(len(delays) * 0.99)] * 1000:.1f} ms after the answer to the write (goal 100)")
    server.stop()
    varnish.stop()


def compare_writes(options, folder):
    settings = {
        "plain": {},
        # Nothing listens there.
        "purge": {"webhooks": {"allowed_networks": ["127.0.0.1"]},
                  "purge": [{"method": "PURGE", "url": f"http://127.0.0.1:{free_port()}/{{key}}"}]},
        "mirror": {"mirror": str(folder / "files")},
    }
    servers, clients = [], {}
    for name, more in settings.items():
        place = folder / name
        place.mkdir()
        port = free_port()
        servers.append(start_allclear(options.binary, place, port, **more))
        clients[name] = Client(servers[-1], port)
    ratios = {"purge": [], "mirror": []}
    for _ in range(options.rounds):
        # The order changes each time, because a server that just rested may be faster or slower.
        order = random.sample(list(clients), len(clients))
        times = {name: clients[name].seconds_per_write(options.seconds) for name in order}
        for name, found in ratios.items():
            found.append(times[name] / times["plain"])
    for name, what, goal in (("purge", "whose purge target is down", 1.02), ("mirror", "with a mirror", 1.1)):
        print(f"A write to a server {what} takes {statistics.median(ratios[name]):.3f} times as long (goal {goal})")
    for server in servers:
        server.stop()


def measure_caches(options, folder):
    measure_visibility(options, folder / "varnish")
    compare_writes(options, folder)
