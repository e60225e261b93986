"""Measures the time that replication adds to a create, compared with Litestream's own time. Also measures a promotion."""

import http.client
import json
import pathlib
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

from servers import free_port
from writes import PATH, SCRIPT, Writer, create

LITESTREAM = pathlib.Path(__file__).resolve().parents[1] / ".venv" / "bin" / "litestream"
# The highest acceptable ratio of the added time to a bare call, and the longest acceptable promotion in seconds.
ADDED_GOAL = 1.3
PROMOTION_GOAL = 1
# About as many bytes as a create writes to the WAL.
ROW = 30_000


class Replica:
    """Litestream, which copies databases to files."""

    def __init__(self, folder, *databases):
        self.folder, self.socket = folder, folder / "l.sock"
        config = folder / "litestream.yml"
        config.write_text(f"socket: {{enabled: true, path: {self.socket}}}\ndbs:\n" + "".join(
            f"  - path: {database}\n    replica: {{path: {database}-replica}}\n" for database in databases))
        self.process = subprocess.Popen([LITESTREAM, "replicate", "-config", config], stdout=subprocess.DEVNULL)
        while not self.socket.exists():
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class BareCalls:
    """A loop that commits one row and has Litestream copy it."""

    def __init__(self, replica, database):
        self.path = str(database)
        self.database = sqlite3.connect(database, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA wal_autocheckpoint = 0")
        self.database.execute("CREATE TABLE rows (bytes)")
        self.connection = http.client.HTTPConnection("litestream", timeout=30)
        self.connection.sock = socket.socket(socket.AF_UNIX)
        self.connection.sock.connect(str(replica.socket))

    def measure(self, seconds):
        """The median duration of a call, in milliseconds."""
        durations, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            self.database.execute("INSERT INTO rows VALUES (zeroblob(?))", [ROW])
            start = time.monotonic()
            self.connection.request("POST", "/sync", json.dumps({"path": self.path, "wait": True, "timeout": 10}))
            answer = json.loads(self.connection.getresponse().read())
            durations.append(time.monotonic() - start)
            if answer.get("replicated_txid") != answer.get("txid"):
                sys.exit(f"Litestream does not replicate: {answer}")
        return statistics.median(durations) * 1_000


class TimedWriter(Writer):
    def median(self, seconds, connections):
        """The median duration of a create, in milliseconds."""
        self.runs += 1
        script = self.folder / "create.lua"
        script.write_text(SCRIPT % (
            f"run-{self.runs}", PATH, self.server.token, json.dumps(create(self.page, "%s-%d"))))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script),
                   f"http://127.0.0.1:{self.port}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"some writes failed:\n{output}")
        number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", output).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1_000}[unit]


def measure_replication(options, folder):
    if not LITESTREAM.exists():
        return print("Replication: not measured, because .venv has no Litestream (make clients)")
    alone, copied = folder / "alone", folder / "copied"
    for place in (alone, copied):
        place.mkdir()
    bare_database = folder / "bare.db"
    replica = Replica(folder, copied / "bench.db", bare_database)
    bare = BareCalls(replica, bare_database)
    plain = TimedWriter(options, alone)
    replicated = TimedWriter(options, copied, replication={"litestream_socket": str(replica.socket)})
    for connections in (1, 64):
        added, ratios = [], []
        for _ in range(options.rounds):
            call = bare.measure(options.seconds)
            extra = replicated.median(options.seconds, connections) - plain.median(options.seconds, connections)
            added.append(extra)
            ratios.append(extra / call)
        print(f"Replicated creates, {connections} clients: {statistics.median(added):.2f} ms more at the median, "
              f"/bare sync call {statistics.median(ratios):.2f} (goal {ADDED_GOAL})", flush=True)
    plain.server.stop()
    measure_promotion(options, folder, replicated, replica)


def measure_promotion(options, folder, active, replica):
    """Kills the active server, and promotes a standby on a copy of its database."""
    place = folder / "standby"
    place.mkdir()
    database = place / "bench.db"
    follower = subprocess.Popen(
        [LITESTREAM, "restore", "-f", "-o", database, f"file://{active.folder}/bench.db-replica"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not pathlib.Path(f"{database}-txid").exists():
        time.sleep(0.05)
    settings = json.loads((active.folder / "config.json").read_text())
    config = place / "config.json"
    config.write_text(json.dumps({**settings, "database": str(database), "listen": f"127.0.0.1:{free_port()}"}))
    active.server.stop()
    replica.stop()
    standby = subprocess.Popen([options.binary, "serve", "--standby", "--log-level", "info", "--config", config],
                               stderr=subprocess.PIPE, text=True)
    for line in standby.stderr:
        if "listening" in line:
            break
    follower.kill()
    follower.wait()
    size = database.stat().st_size
    standby.send_signal(signal.SIGUSR1)
    for line in standby.stderr:
        if found := re.search(r"this server is active now.*duration_ms=(\d+)", line):
            break
    else:
        sys.exit("the standby was not promoted")
    print(f"Promotion with a database of {size / 1_048_576:.0f} MB: {int(found.group(1)) / 1_000:.3f} s "
          f"(goal {PROMOTION_GOAL})")
    standby.kill()
    standby.wait()
