"""Measures the cost of waiting readers, and the latency of reads during writes and under a slowloris attack."""

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
    """Opens `count` connections and sends the request on each. If `answered` is true, also reads each answer."""
    sockets = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(request)
        if answered:
            one.recv(65536)
        sockets.append(one)
    return sockets


def await_answers(sockets):
    """Reads until every connection has received an answer."""
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
    print(f"{count} idle connections: {(with_idle - before) / count:.0f} bytes each; as many waiting readers: "
          f"{(with_waiting - with_idle) / count:.0f} bytes each (goal 1024)")
    begin, cpu = time.monotonic(), server.cpu_nanoseconds()
    publish(server, port, "wake")
    await_answers(waiting)
    duration, cpu = time.monotonic() - begin, server.cpu_nanoseconds() - cpu
    print(f"A write that wakes all of them: {cpu / 1e6:.0f} ms of CPU, {cpu / count / 1e3:.1f} us each, "
          f"{duration * 1000:.0f} ms until the last reader has its answer")
    for one in idle + waiting:
        one.close()
    server.stop()


def publish(server, port, key, connection=None):
    """Renames an ongoing incident."""
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
    """Makes fifty writes a second, one after the other."""

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
    """The 50th, 99th and 99.9th percentiles in microseconds, and the requests per second, of reads with pauses between
    them."""
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
    # On average, each connection waits ten milliseconds between two reads.
    connections = max(2, round(highest / 2 * 0.010))
    quiet, busy, writes = [], [], []
    for _ in range(max(3, options.rounds // 2)):
        quiet.append(latencies(folder, server.url, connections, 3))
        load = Writes(server, port)
        load.start()
        busy.append(latencies(folder, server.url, connections, 3))
        writes.append(load.stop())
    print(f"Reads at half of the maximum throughput of {highest:.0f} per second, over {connections} connections:")
    for name, rows in (("alone", quiet), (f"with {statistics.median(writes):.0f} writes per second", busy)):
        p50, p99, p999, rate = (statistics.median(column) for column in zip(*rows))
        print(f"  {name:28} {rate:6.0f} per second: p50 {p50:.0f} us, p99 {p99:.0f} us, p99.9 {p999:.0f} us")
    ratio = statistics.median(b[1] / a[1] for a, b in zip(quiet, busy))
    print(f"  p99 with writes / alone: {ratio:.2f} (goal 1.50)")
    server.stop()


class Slowloris:
    """Connections whose heads never end. Each sends a byte every three seconds."""

    def __init__(self, program, port, count):
        # It has the lowest priority, so that it does not delay the readers on the same processor.
        command = ["taskset", "-c", CLIENT_CPU, "nice", "-n", "19", program, str(port), str(count), "3000"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def stop(self):
        """Ends the attack, and returns how many connections the server closed."""
        self.process.terminate()
        return int(re.search(r"(\d+) connections closed", self.process.communicate(timeout=20)[0]).group(1))


def measure_slowloris(options, folder):
    """Measures the latency of reads while other connections send heads that never end."""
    count, seconds = 2_000, 12
    compile_c("slowloris.c", folder / "slowloris")
    port = free_port()
    server = start_allclear(options.binary, folder, port)
    highest = server.throughput(2, 64)
    connections = max(2, round(highest / 2 * 0.010))
    alone, attacked, closed = [], [], []
    for _ in range(max(3, options.rounds // 2)):
        alone.append(latencies(folder, server.url, connections, seconds))
        attack = Slowloris(str(folder / "slowloris"), port, count)
        time.sleep(1)
        # Lasts long enough for the server to close all of them at about the same time, because they opened together.
        attacked.append(latencies(folder, server.url, connections, seconds))
        closed.append(attack.stop())
    print(f"Reads at half of the maximum throughput of {highest:.0f} per second, over {connections} connections:")
    for name, rows in (("alone", alone), (f"with {count} slowloris connections", attacked)):
        p50, p99, p999, rate = (statistics.median(column) for column in zip(*rows))
        print(f"  {name:36} {rate:6.0f} per second: p50 {p50:.0f} us, p99 {p99:.0f} us, p99.9 {p999:.0f} us")
    ratio = statistics.median(b[1] / a[1] for a, b in zip(alone, attacked))
    print(f"  p99 with them / alone: {ratio:.2f} (goal 1.30); the server closed "
          f"{statistics.median(closed):.0f} connections in {seconds + 1} s")
    server.stop()
