"""Compares the cost of TLS in allclear and in nginx, with the same certificates, versions and ciphers."""

import re
import statistics
import subprocess
import sys

from reads import nginx_command
from servers import CLIENT_CPU, Server, compile_c, free_port, start_allclear, whole_response

GOAL = 1.10
KINDS = {"ECDSA P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "RSA-2048": ["rsa:2048"]}


def certificate(folder, kind):
    """Makes a self-signed certificate and its key, and returns their paths."""
    files = folder / f"{kind}.crt".replace(" ", "-"), folder / f"{kind}.key".replace(" ", "-")
    subprocess.run(["openssl", "req", "-x509", "-newkey", *KINDS[kind], "-nodes", "-days", "30", "-subj", "/CN=localhost",
                    "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return tuple(map(str, files))


class Handshakes:
    """Connections with one request each."""

    def __init__(self, program, resuming):
        self.program, self.way = program, "resumed" if resuming else "full"

    def measure(self, server, port, seconds):
        """Microseconds of processor time per connection, connections per second, and the processor share in use."""
        before = server.cpu_nanoseconds()
        output = subprocess.run(
            ["taskset", "-c", CLIENT_CPU, self.program, self.way, str(port), server.path, str(seconds), "16"],
            capture_output=True, text=True, check=True).stdout
        cpu = server.cpu_nanoseconds() - before
        made, resumed, failed = map(int, re.match(r"(\d+) made, (\d+) resumed, (\d+) failed", output).groups())
        # The first connection of each process has no session to resume.
        if failed or made == 0 or resumed != (made - 16 if self.way == "resumed" else 0):
            sys.exit(f"{server.name}: unexpected results: {output}")
        return cpu / made / 1000, made / seconds, cpu / seconds / 1e9


def compare_tls(options, folder):
    compile_c("handshakes.c", folder / "handshakes", "-lssl", "-lcrypto")
    certificates = {kind: certificate(folder, kind) for kind in KINDS}
    port, nginx_port = free_port(), free_port()
    ports, nginx_ports = ({kind: free_port() for kind in KINDS} for _ in range(2))
    listen = [{"address": f"127.0.0.1:{ports[kind]}", "tls": dict(zip(("certificate", "key"), certificates[kind]))}
              for kind in KINDS]
    ours = start_allclear(options.binary, folder, port, listen=[f"127.0.0.1:{port}", *listen])
    secure = {nginx_ports[kind]: certificates[kind] for kind in KINDS}
    nginx = Server("nginx return", nginx_command(folder / "nginx", nginx_port, whole_response(port, ours.path), secure),
                   nginx_port, "/return")
    print(f"CPU of TLS 1.3, {options.rounds} rounds of {options.seconds} s (goal: nginx return {GOAL}):", flush=True)

    def url(server, ports):
        return f"https://127.0.0.1:{ports['ECDSA P-256']}{server.path}"

    kept = [ours.alias("allclear", url(ours, ports)), nginx.alias("nginx return", url(nginx, nginx_ports))]
    samples = [[one.measure(options.seconds, 64) for one in kept] for _ in range(options.rounds)]
    report("reads over 64 persistent connections", samples)
    for resuming in (False, True):
        handshakes = Handshakes(str(folder / "handshakes"), resuming)
        for kind in KINDS:
            rows = [(handshakes.measure(ours, ports[kind], options.seconds),
                     handshakes.measure(nginx, nginx_ports[kind], options.seconds)) for _ in range(options.rounds)]
            speeds = [[statistics.median(row[side][column] for row in rows) for column in (1, 2)] for side in (0, 1)]
            report(f"{handshakes.way} handshakes with one read each, {kind}",
                   [[side[0] for side in row] for row in rows],
                   f"   {speeds[0][0]:.0f} per second at {speeds[0][1]:.0%} of a processor, "
                   f"nginx {speeds[1][0]:.0f} at {speeds[1][1]:.0%}")
    ours.stop()
    nginx.stop()


def report(name, samples, more=""):
    """Prints the medians of both servers' samples, and of their ratio within each round."""
    cost, nginx_cost = (statistics.median(column) for column in zip(*samples))
    ratio = statistics.median(a / b for a, b in samples)
    print(f"  {name}: {cost:.2f} us, nginx {nginx_cost:.2f} us   /nginx return {ratio:.2f}{more}", flush=True)
