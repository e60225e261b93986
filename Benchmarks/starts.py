"""Measures allocations in the steady state, and the start of the server."""

import os
import pathlib
import re
import socket
import statistics
import struct
import subprocess
import time
import urllib.request

from servers import compile_c, free_port, start_allclear, wait_for, whole_response


def count_allocations(options, folder):
    library, counter, port = folder / "malloc_count.so", folder / "allocations", free_port()
    compile_c("malloc_count.c", library, "-shared", "-fPIC", "-ldl")
    server = start_allclear(
        options.binary, folder, port, {"LD_PRELOAD": str(library), "MALLOC_COUNT_FILE": str(counter)})
    request = b"GET /acme/api/v1/summary HTTP/1.1\r\nHost: localhost\r\n\r\n"
    size = len(whole_response(port, "/acme/api/v1/summary"))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        def read(times):
            for _ in range(times):
                connection.sendall(request)
                left = size
                while left > 0:
                    left -= len(connection.recv(65536))
        def allocations():
            return struct.unpack("L", counter.read_bytes())[0]

        read(100)
        # Waits until the work that follows a start is done.
        time.sleep(1)
        reads, before, begin = 20_000, allocations(), time.monotonic()
        read(reads)
        busy, duration = allocations() - before, time.monotonic() - begin
        # Timers also allocate, such as the maintenance clock. Their share is subtracted.
        before = allocations()
        time.sleep(duration)
        idle = allocations() - before
    print(f"Allocations: {busy} during {reads} reads, {idle} in the same time without reads: "
          f"{(busy - idle) / reads:.4f} per read")
    server.stop()


def time_start(options, folder):
    times, memory = [], {"VmRSS": 0, "RssAnon": 0}
    for number in range(5):
        port, database = free_port(), folder / f"start-{number}.db"
        environment = {**os.environ, "ALLCLEAR_LISTEN": f"127.0.0.1:{port}", "ALLCLEAR_DATABASE": str(database)}
        begin = time.monotonic()
        process = subprocess.Popen(
            [options.binary, "serve"], env=environment, cwd=folder / "empty", stderr=subprocess.DEVNULL)
        wait_for(port)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/demo/api/v1/summary").read()
        times.append((time.monotonic() - begin) * 1000)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        for name in memory:
            memory[name] = max(memory[name], int(re.search(rf"{name}:\s+(\d+)", status).group(1)))
        process.terminate()
        process.wait(timeout=20)
    print(f"Start with an empty database to first answer: {statistics.median(times):.0f} ms (goal 100)")
    print(f"Resident memory after that: {memory['VmRSS'] / 1024:.1f} MB (goal 30), of which "
          f"{memory['RssAnon'] / 1024:.1f} MB are not pages of the binary and of libraries")
