"""What readers who wait cost, and what writes cost those who read."""

import http.client
import json
import pathlib
import re
import resource
import select
import socket
import statistics
import subprocess
import threading
import time

from servers import CLIENT_CPU, Server, compile_c, configuration, free_port, start_allclear, whole_response


def memory(server):
    """Resident memory in bytes."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024


def open_connections(count, port, request, answered):
    """So many connections that have sent this request, and had their answer if they are to have one."""
    sockets = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(request)
        if answered:
            one.recv(65536)
        sockets.append(one)
    return sockets


def await_answers(sockets):
    """Reads until every connection had an answer."""
    poll = select.epoll()
    left = {one.fileno(): one for one in sockets}
    for one in left:
        poll.register(one, select.EPOLLIN)
    while left:
        for number, _ in poll.poll():
            left.pop(number).recv(65536)
            poll.unregister(number)


def measure_waiting(options, folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(10_000, (hard - 1_000) // 2)
    port = free_port()
    server = start_allclear(options.binary, folder, port, live={"max_waiting": count, "max_streams": count},
                            http={"max_connections": 4 * count})
    path = server.path
    tag = re.search(rb"ETag: (\S+)", whole_response(port, path)).group(1).decode()
    plain = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    wait = f"GET {path}?wait=60 HTTP/1.1\r\nHost: a\r\nIf-None-Match: {tag}\r\n\r\n".encode()
    before = memory(server)
    idle = open_connections(count, port, plain, answered=True)
    time.sleep(1)
    with_idle = memory(server)
    waiting = open_connections(count, port, wait, answered=False)
    time.sleep(1)
    with_waiting = memory(server)
    print(f"{count} idle connections: {(with_idle - before) / count:.0f} bytes each; as many that wait: "
          f"{(with_waiting - with_idle) / count:.0f} bytes each (goal 1024)")
    begin, cpu = time.monotonic(), server.cpu_nanoseconds()
    publish(server, port, "wake")
    await_answers(waiting)
    duration, cpu = time.monotonic() - begin, server.cpu_nanoseconds() - cpu
    print(f"A write that wakes them all: {cpu / 1e6:.0f} ms of CPU, {cpu / count / 1e3:.1f} us each, "
          f"{duration * 1000:.0f} ms until the last has its answer")
    for one in idle + waiting:
        one.close()
    server.stop()


def publish(server, port, key, connection=None):
    """Publishes an update of an incident that is under way."""
    connection = connection or http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {server.token}"}
    connection.request("GET", server.path)
    incident = json.loads(connection.getresponse().read())["ongoing_incidents"][0]["id"]
    body = {"name": f"Now {key}"}
    connection.request("PUT", f"/v2/status_page_incidents/{incident}", json.dumps(body), headers)
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status


class Writes(threading.Thread):
    """Fifty writes a second, each after the other."""

    def __init__(self, server, port):
        super().__init__(daemon=True)
        self.server, self.port, self.count, self.is_over = server, port, 0, False
        self.begin = time.monotonic()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        while not self.is_over:
            publish(self.server, self.port, self.count, connection)
            self.count += 1
            time.sleep(max(0, self.begin + self.count / 50 - time.monotonic()))

    def stop(self):
        self.is_over = True
        self.join()
        return self.count / (time.monotonic() - self.begin)


def latencies(folder, url, connections, seconds):
    """The 50th, 99th and 99.9th percentile in microseconds, and the requests a second, of reads with pauses between."""
    script = folder / "paced.lua"
    script.write_text("""
        function delay() return math.random(0, 20) end
        function done(summary, latency)
          io.write(string.format("percentiles %f %f %f\\n", latency:percentile(50), latency:percentile(99),
                                 latency:percentile(99.9)))
        end""")
    command = ["taskset", "-c", CLIENT_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    return [float(one) for one in re.search(r"percentiles (\S+) (\S+) (\S+)", output).groups()] + [rate]


def measure_latencies(options, folder):
    port = free_port()
    server = start_allclear(options.binary, folder, port)
    highest = server.throughput(2, 64)
    # Each waits ten milliseconds between two reads, on average.
    connections = max(2, round(highest / 2 * 0.010))
    quiet, busy, writes = [], [], []
    for _ in range(max(3, options.rounds // 2)):
        quiet.append(latencies(folder, server.url, connections, 3))
        load = Writes(server, port)
        load.start()
        busy.append(latencies(folder, server.url, connections, 3))
        writes.append(load.stop())
    print(f"Reads at half of the highest throughput, {highest:.0f} a second, by {connections} connections:")
    for name, rows in (("alone", quiet), (f"beside {statistics.median(writes):.0f} writes a second", busy)):
        p50, p99, p999, rate = (statistics.median(column) for column in zip(*rows))
        print(f"  {name:28} {rate:6.0f} a second: p50 {p50:.0f} us, p99 {p99:.0f} us, p99.9 {p999:.0f} us")
    ratio = statistics.median(b[1] / a[1] for a, b in zip(quiet, busy))
    print(f"  p99 beside writes / alone: {ratio:.2f} (goal 1.50)")
    server.stop()


class Slowloris:
    """Connections whose heads never end, of a byte every three seconds each."""

    def __init__(self, program, port, count):
        # What it costs its own machine is not to delay those who read on it.
        command = ["taskset", "-c", CLIENT_CPU, "nice", "-n", "19", program, str(port), str(count), "3000"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def stop(self):
        """How many connections the server closed."""
        self.process.terminate()
        return int(re.search(r"(\d+) connections closed", self.process.communicate(timeout=20)[0]).group(1))


def measure_slowloris(options, folder):
    """What those who read notice of connections that are held open with heads that never end."""
    count, seconds = 2_000, 12
    compile_c("slowloris.c", folder / "slowloris")
    port = free_port()
    server = start_allclear(options.binary, folder, port)
    highest = server.throughput(2, 64)
    connections = max(2, round(highest / 2 * 0.010))
    alone, beside, closed = [], [], []
    for _ in range(max(3, options.rounds // 2)):
        alone.append(latencies(folder, server.url, connections, seconds))
        attack = Slowloris(str(folder / "slowloris"), port, count)
        time.sleep(1)
        # Long enough for all of them to be closed at the same time, as they were opened.
        beside.append(latencies(folder, server.url, connections, seconds))
        closed.append(attack.stop())
    print(f"Reads at half of the highest throughput, {highest:.0f} a second, by {connections} connections:")
    for name, rows in (("alone", alone), (f"beside {count} slowloris connections", beside)):
        p50, p99, p999, rate = (statistics.median(column) for column in zip(*rows))
        print(f"  {name:36} {rate:6.0f} a second: p50 {p50:.0f} us, p99 {p99:.0f} us, p99.9 {p999:.0f} us")
    ratio = statistics.median(b[1] / a[1] for a, b in zip(alone, beside))
    print(f"  p99 beside them / alone: {ratio:.2f} (goal 1.30); {statistics.median(closed):.0f} connections were closed "
          f"in {seconds + 1} s")
    server.stop()
