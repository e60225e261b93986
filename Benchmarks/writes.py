"""How fast writes become durable, beside a loop that does nothing else; and what much use does to the memory."""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time

from servers import call, compile_c, free_port, start_allclear

# The least ratio to the bare loop, by connections.
GOALS = {1: 0.4, 64: 1.2}
SLOW_GOAL = 20

# An incident that is over changes no widget, so that the cost does not grow with their number.
SCRIPT = """
local count, run = 0, "%s"
wrk.method = "POST"
wrk.path = "/v2/status_page_retrospective_incidents"
wrk.headers["Authorization"] = "Bearer %s"
function request()
  count = count + 1
  return wrk.format(nil, nil, nil, string.format([[{"status_page_id":"%s","name":"Elevated error rates",
    "idempotency_key":"%%s-%%d","updates":[
    {"message":"We are looking into it.","incident_status":"investigating","published_at":"2025-01-01T00:00:00Z"},
    {"message":"Fixed.","incident_status":"resolved","published_at":"2025-01-01T01:00:00Z"}]}]], run, count))
end
"""


class Writer:
    """Our server, asked to record incidents."""

    def __init__(self, options, folder, environment=None):
        self.folder, self.port, self.runs = folder, free_port(), 0
        # On all processors, as a writer hands its work from thread to thread.
        self.server = start_allclear(
            options.binary, folder, self.port, environment, processors=f"0-{os.cpu_count() - 1}")
        self.page = call(self.port, self.server.token, "/v2/status_pages")["status_pages"][0]["id"]

    def measure(self, seconds, connections):
        """Writes a second."""
        self.runs += 1
        script = self.folder / "create.lua"
        script.write_text(SCRIPT % (f"run-{self.runs}", self.server.token, self.page))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{self.port}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"not all writes were taken:\n{output}")
        return int(re.search(r"(\d+) requests in", output).group(1)) / seconds


def bare_loop(folder, seconds, environment=None):
    """Commits a second of the bare loop."""
    database = folder / "bare.db"
    for file in folder.glob("bare.db*"):
        file.unlink()
    command = [str(folder / "commits"), str(database), str(seconds)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **(environment or {})})
    return int(done.stdout) / seconds


def measure_writes(options, folder):
    compile_c("commits.c", folder / "commits", "-lsqlite3")
    writer = Writer(options, folder)
    for connections, goal in GOALS.items():
        ratios, rates = [], []
        for _ in range(options.rounds):
            rates.append(writer.measure(options.seconds, connections))
            ratios.append(rates[-1] / bare_loop(folder, options.seconds))
        print(f"Durable creates, {connections} connections: {statistics.median(rates):.0f} a second, "
              f"/bare loop {statistics.median(ratios):.2f} (goal {goal})", flush=True)
    writer.server.stop()
    (folder / "slow").mkdir()
    compile_c("commits.c", folder / "slow" / "commits", "-lsqlite3")
    compile_c("slow_sync.c", folder / "slow_sync.so", "-shared", "-fPIC", "-ldl")
    slow = {"LD_PRELOAD": str(folder / "slow_sync.so")}
    writer = Writer(options, folder / "slow", slow)
    ratios, rates = [], []
    for _ in range(options.rounds):
        rates.append(writer.measure(options.seconds, 64))
        ratios.append(rates[-1] / bare_loop(folder / "slow", options.seconds, slow))
    print(f"Durable creates with every fdatasync 5 ms slower, 64 connections: {statistics.median(rates):.0f} a second, "
          f"/bare loop {statistics.median(ratios):.1f} (goal {SLOW_GOAL})")
    writer.server.stop()


def measure_endurance(options, folder):
    """A million reads and 20,000 writes."""
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
    print(f"After {done['reads']} reads and {done['writes']} writes: {end:.1f} MB resident, after a tenth {early:.1f}: "
          f"ratio {end / early:.2f} (goal 1.1); the log was at most {largest / 1_048_576:.1f} MB")
    writer.server.stop()
