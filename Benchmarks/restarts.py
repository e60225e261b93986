"""Measures how restarts affect clients."""

import re
import signal
import socket
import subprocess
import time

from servers import CLIENT_CPU, Server, configuration, free_port

RESTARTS = 10


class Manager:
    """A service manager, which receives a server's report that it is ready."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)

    def until_ready(self):
        while not self.socket.recv(4096).startswith(b"READY=1"):
            pass


def start_reader(folder, url, connections, keeping):
    """Starts a wrk that reads until SIGINT."""
    script = folder / f"{'kept' if keeping else 'fresh'}.lua"
    script.write_text("" if keeping else 'wrk.headers["Connection"] = "close"\n')
    command = ["taskset", "-c", CLIENT_CPU, "wrk", "-t1", f"-c{connections}", "-d1h", "-s", str(script), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(reader):
    """Ends a wrk, and returns how many of its requests got an answer, and how many failed in any way."""
    reader.send_signal(signal.SIGINT)
    output = reader.communicate(timeout=30)[0]
    failed = sum(map(int, re.findall(r"(?:connect|read|write|timeout|responses:) (\d+)", output)))
    return int(re.search(r"(\d+) requests in", output).group(1)), failed


def measure_restarts(options, folder):
    """Restarts the server under load. Each successor takes over from the running server."""
    port, manager = free_port(), Manager(folder)
    config = configuration(folder, port)

    def start(*more):
        server = Server("allclear", [options.binary, "serve", "--config", str(config), *more], port,
                        "/acme/api/v1/summary", {"NOTIFY_SOCKET": manager.path}, processors="0,1")
        manager.until_ready()
        return server

    current = start()
    readers = [start_reader(folder, current.url, 32, keeping) for keeping in (True, False)]
    durations = []
    for _ in range(RESTARTS):
        time.sleep(0.5)
        begin = time.monotonic()
        successor = start("--take-over")
        current.stop()
        durations.append(time.monotonic() - begin)
        current = successor
    time.sleep(0.5)
    (kept, kept_failed), (fresh, fresh_failed) = map(finish, readers)
    current.stop()
    print(f"{RESTARTS} restarts under 64 busy connections, {sum(durations) / RESTARTS:.1f} s each: {kept} requests on "
          f"persistent connections, {kept_failed} failed; {fresh} on new ones, {fresh_failed} failed (goal 0)")
