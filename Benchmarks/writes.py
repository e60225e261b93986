"""Measures durable writes compared with a bare SQLite loop, and memory after long use."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

from servers import call, compile_c, free_port, start_allclear

# The lowest acceptable ratios. The goal for a single client compares it with a loop that writes the same rows. Many
# clients share their commits, so their goals compare them with a loop that writes one row.
SAME_ROWS_GOAL = 0.4
SHARED_GOAL = 1.2
SLOW_GOAL = 20

SCRIPT = """
local count, run = 0, "%s"
wrk.method = "POST"
wrk.path = "%s"
wrk.headers["Authorization"] = "Bearer %s"
function request()
  count = count + 1
  return wrk.format(nil, nil, nil, string.format([[%s]], run, count))
end
"""

PATH = "/v2/status_page_retrospective_incidents"


def create(page, key):
    """The body of a create. A resolved incident changes no widget, so the cost is always the same."""
    return {"status_page_id": page, "name": "Elevated error rates", "idempotency_key": key, "updates": [
        {"message": "We are looking into it.", "incident_status": "investigating",
         "published_at": "2025-01-01T00:00:00Z"},
        {"message": "Fixed.", "incident_status": "resolved", "published_at": "2025-01-01T01:00:00Z"}]}


class Writer:
    """An allclear server that receives incidents."""

    def __init__(self, options, folder, environment=None, **settings):
        self.folder, self.port, self.runs = folder, free_port(), 0
        # The server uses all processors, because a write passes between threads.
        self.server = start_allclear(
            options.binary, folder, self.port, environment, processors=f"0-{os.cpu_count() - 1}",
            **settings)
        self.page = call(self.port, self.server.token, "/v2/status_pages")["status_pages"][0]["id"]

    def answer_size(self):
        """The length in bytes of the answer to a create."""
        answer = call(self.port, self.server.token, PATH, create(self.page, "size"))
        return len(json.dumps(answer, separators=(",", ":")))

    def measure(self, seconds, connections):
        """Writes per second."""
        self.runs += 1
        script = self.folder / "create.lua"
        script.write_text(SCRIPT % (
            f"run-{self.runs}", PATH, self.server.token, json.dumps(create(self.page, "%s-%d"))))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{self.port}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"some writes failed:\n{output}")
        return int(re.search(r"(\d+) requests in", output).group(1)) / seconds


class BareLoop:
    """A loop that only writes with SQLite, one commit per write."""

    def __init__(self, folder, writer=None, environment=None):
        """With a writer, the loop writes the rows of that server's create. Without one, it writes one small row."""
        self.folder, self.environment = folder, {**os.environ, **(environment or {})}
        self.arguments, self.template = [], None
        if writer:
            self.template = writer.folder / "template.db"
            with contextlib.closing(sqlite3.connect(writer.folder / "bench.db")) as database:
                database.execute("VACUUM INTO ?", [str(self.template)])
            self.arguments = [str(writer.answer_size())]

    def rate(self, seconds):
        """Commits per second."""
        for file in self.folder.glob("bare.db*"):
            file.unlink()
        database = self.folder / "bare.db"
        if self.template:
            shutil.copy(self.template, database)
        command = [str(self.folder / "commits"), str(database), str(seconds), *self.arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=self.environment)
        return int(done.stdout) / seconds


def compare(options, writer, connections, loops):
    """The writes per second, and their ratio to the rate of each loop."""
    rates, ratios = [], [[] for _ in loops]
    for _ in range(options.rounds):
        rates.append(writer.measure(options.seconds, connections))
        for loop, found in zip(loops, ratios):
            found.append(rates[-1] / loop.rate(options.seconds))
    return statistics.median(rates), [statistics.median(found) for found in ratios]


def measure_writes(options, folder):
    compile_c("commits.c", folder / "commits", "-lsqlite3")
    compile_c("slow_sync.c", folder / "slow_sync.so", "-shared", "-fPIC", "-ldl")
    writer = Writer(options, folder)
    loops = [BareLoop(folder, writer), BareLoop(folder)]
    rate, (same, least) = compare(options, writer, 1, loops)
    print(f"Durable creates, one client: {rate:.0f} per second, /loop of the same rows {same:.2f} "
          f"(goal {SAME_ROWS_GOAL}), /loop of one row {least:.2f}", flush=True)
    rate, (same, least) = compare(options, writer, 64, loops)
    print(f"Durable creates, 64 clients: {rate:.0f} per second, /loop of one row {least:.2f} "
          f"(goal {SHARED_GOAL}), /loop of the same rows {same:.2f}", flush=True)
    writer.server.stop()
    slow = {"LD_PRELOAD": str(folder / "slow_sync.so")}
    (folder / "slow").mkdir()
    writer = Writer(options, folder / "slow", slow)
    rate, (same, least) = compare(options, writer, 64, [BareLoop(folder, writer, slow), BareLoop(folder, None, slow)])
    print(f"Durable creates, 64 clients, every fdatasync 5 ms slower: {rate:.0f} per second, "
          f"/loop of one row {least:.1f} (goal {SLOW_GOAL}), /loop of the same rows {same:.1f}")
    writer.server.stop()


def measure_endurance(options, folder):
    """Measures memory and WAL length during a million reads and 20,000 writes."""
    writer = Writer(options, folder)
    process = writer.server.processes()[0]

    def resident():
        status = pathlib.Path(f"/proc/{process}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    done = {"reads": 0, "writes": 0}

    def work(name, step, most):
        while done[name] < most:
            done[name] += step()

    threads = [
        threading.Thread(target=work, args=("reads", lambda: writer.server.load(1, 32), 1_000_000)),
        threading.Thread(target=work, args=("writes", lambda: int(writer.measure(1, 16)), 20_000)),
    ]
    for thread in threads:
        thread.start()
    early, largest = None, 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.2)
        wal = pathlib.Path(folder / "bench.db-wal")
        largest = max(largest, wal.stat().st_size if wal.exists() else 0)
        if early is None and done["reads"] >= 100_000 and done["writes"] >= 2_000:
            early = resident()
    end = resident()
    print(f"After {done['reads']} reads and {done['writes']} writes: {end:.1f} MB resident, {early:.1f} MB after "
          f"a tenth of them: ratio {end / early:.2f} (goal 1.1); the longest WAL had {largest / 1_048_576:.1f} MB")
    writer.server.stop()
