"""Tests the server under a service manager: inherited sockets and notifications."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import certificates
import tracing
from server import BINARY, PAGES, Server
from test_handover import BusyClient, UnixConnection, until_answered
from test_tls import client_context

SUMMARY = "/acme/api/v1/summary"

# Passes sockets to a command as systemd does, from descriptor 3 on. The command replaces this program in its process.
PASS_ON = """
import fcntl, os, sys
given, command = [int(one) for one in sys.argv[1].split()], sys.argv[2:]
kept = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 100) for one in given]
for one in given:
    os.close(one)
for number, one in enumerate(kept):
    os.dup2(one, 3 + number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(kept)))
os.execv(command[0], command)
"""


def pass_on(sockets, command):
    """The arguments of Popen for a command that inherits these sockets."""
    numbers = [one.fileno() for one in sockets]
    return {"args": [sys.executable, "-c", PASS_ON, " ".join(map(str, numbers)), *map(str, command)],
            "pass_fds": numbers}


def listening(address="127.0.0.1"):
    one = socket.create_server((address, 0), backlog=128)
    return one, one.getsockname()[1]


class ActivatedServer(Server):
    """A server that listens on inherited sockets."""

    def __init__(self, sockets, **settings):
        self.sockets = sockets
        super().__init__(**settings)

    def spawn(self, command):
        return subprocess.Popen(**pass_on(self.sockets, command), stderr=self.log)


class SocketActivationTests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-systemd-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def test_listens_on_inherited_sockets(self):
        plain, plain_port = listening()
        secure, secure_port = listening()
        path = self.folder / "http.sock"
        local = socket.socket(socket.AF_UNIX)
        local.bind(str(path))
        local.listen()
        for one in (plain, secure, local):
            self.addCleanup(one.close)
        crt, key = certificates.make(self.folder, "standard")
        # The server matches sockets to `listen` by their order. The manager decides the addresses.
        server = ActivatedServer([plain, secure, local], listen=[
            "127.0.0.1:1", {"address": "127.0.0.1:2", "tls": {"certificate": str(crt), "key": str(key)}},
            "unix:/nowhere/http.sock"])
        self.addCleanup(server.stop)
        for connection in (http.client.HTTPConnection("127.0.0.1", plain_port, timeout=30),
                           http.client.HTTPSConnection("127.0.0.1", secure_port, timeout=30, context=client_context()),
                           UnixConnection(path)):
            connection.request("GET", SUMMARY)
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        lines = server.log_text().splitlines()
        self.assertTrue(any(f"127.0.0.1:{plain_port} 127.0.0.1:{secure_port} unix:{path}" in line for line in lines), lines)
        self.assertEqual(sum("listens on another address than the configuration" in line for line in lines), 3)

    def test_restart_rejects_no_connection(self):
        one, port = listening()
        self.addCleanup(one.close)
        server = ActivatedServer([one], listen="127.0.0.1:8080")
        self.addCleanup(server.stop)
        connect = lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        clients = [BusyClient(connect, requests) for requests in (1, 1, 1_000_000, 1_000_000)]
        for client in clients:
            client.start()
            self.addCleanup(client.stop)
        for _ in range(3):
            until_answered(clients, 20)
            server.terminate()
            # No server runs, so these connections wait in the socket's queue.
            waiting = [connect() for _ in range(20)]
            for connection in waiting:
                connection.request("GET", SUMMARY)
            server.start()
            for connection in waiting:
                self.assertEqual(connection.getresponse().status, 200)
                connection.close()
        until_answered(clients, 20)
        for client in clients:
            client.stop()
        self.assertEqual([client.failures for client in clients], [[]] * len(clients))

    def test_wrong_number_of_sockets_is_rejected(self):
        one, _ = listening()
        other, _ = listening()
        for listener in (one, other):
            self.addCleanup(listener.close)
        for sockets, listen in (([one], ["127.0.0.1:0", "127.0.0.1:0"]), ([one, other], "127.0.0.1:0")):
            config = self.folder / "config.json"
            config.write_text(json.dumps({
                "listen": listen, "database": str(self.folder / "none.db"), "pages": PAGES}))
            run = subprocess.run(**pass_on(sockets, [BINARY, "serve", "--config", config]),
                                 capture_output=True, text=True, timeout=30)
            self.assertEqual(run.returncode, 78, run.stderr)
            passed = "1 socket" if len(sockets) == 1 else "2 sockets"
            addresses = listen if isinstance(listen, list) else [listen]
            self.assertIn(f"passed {passed}, but listen has {len(addresses)} ({', '.join(addresses)});", run.stderr)
            self.assertIn("ListenStream=", run.stderr)
            self.assertEqual(list(self.folder.glob("none.db*")), [], "no file was created")


    def test_datagram_socket_is_rejected(self):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(one.close)
        config = self.folder / "config.json"
        config.write_text(json.dumps({
            "listen": "127.0.0.1:0", "database": str(self.folder / "none.db"), "pages": PAGES}))
        run = subprocess.run(**pass_on([one], [BINARY, "serve", "--config", config]),
                             capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, 78, run.stderr)
        self.assertIn("use ListenStream=", run.stderr)
        self.assertEqual(list(self.folder.glob("none.db*")), [], "no file was created")


class NotifiedServer(Server):
    """A server that notifies a service manager."""

    def __init__(self, address, **settings):
        self.address = address
        super().__init__(**settings)

    def spawn(self, command):
        return subprocess.Popen(command, stderr=self.log, env={**os.environ, "NOTIFY_SOCKET": self.address})


class NotificationTests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-systemd-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.settimeout(30)

    def notice(self):
        """The assignments in the next notification."""
        return dict(line.split("=", 1) for line in self.manager.recv(65536).decode().splitlines())

    def test_notifications(self):
        path = str(self.folder / "notify")
        self.manager.bind(path)
        self.live(path)

    def test_notifications_at_abstract_address(self):
        name = f"allclear-test-{os.getpid()}"
        self.manager.bind(f"\0{name}")
        self.live(f"@{name}")

    def live(self, address):
        one, port = listening()
        one.close()
        # Requests begin as soon as the server says that it is ready.
        answers = []

        def ask():
            answers.append(self.notice())
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", SUMMARY)
            answers.append(connection.getresponse().status)
            connection.close()

        asking = threading.Thread(target=ask)
        asking.start()
        server = NotifiedServer(address, listen=f"127.0.0.1:{port}")
        self.addCleanup(server.stop)
        asking.join()
        self.assertEqual(answers, [{"READY": "1", "STATUS": f"Serving {len(PAGES)} pages"}, 200])

        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.process.send_signal(signal.SIGHUP)
        notice = self.notice()
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertEqual(notice["RELOADING"], "1")
        self.assertLessEqual(before, int(notice["MONOTONIC_USEC"]))
        self.assertLessEqual(int(notice["MONOTONIC_USEC"]), after)
        self.assertEqual(self.notice(), {"READY": "1", "STATUS": f"Serving {len(PAGES)} pages"})

        server.config.write_text('{"pages": [], "lisen": 1}')
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.notice()["RELOADING"], "1")
        notice = self.notice()
        self.assertEqual(notice["READY"], "1", "the reload has ended")
        self.assertTrue(notice["STATUS"].startswith("configuration not applied: lisen is not a known key"), notice)

        server.process.terminate()
        self.assertEqual(self.notice(), {"STOPPING": "1"})
        self.assertEqual(server.process.wait(timeout=30), 0)

    def reload(self, server):
        return subprocess.run([BINARY, "reload", "--config", server.config, str(server.process.pid)],
                              capture_output=True, text=True, timeout=30)

    def test_reload_command(self):
        path = str(self.folder / "notify")
        self.manager.bind(path)
        server = NotifiedServer(path)
        self.addCleanup(server.stop)
        self.assertEqual(self.notice()["READY"], "1")
        server.config.write_text(server.config.read_text().replace("Acme Status", "Acme News"))
        run = self.reload(server)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(run.stdout, f"{server.config} is valid; sent SIGHUP to process {server.process.pid}\n")
        self.assertEqual(self.notice()["RELOADING"], "1")
        self.assertEqual(self.notice()["READY"], "1")
        self.assertEqual(server.call("GET", SUMMARY)["page_title"], "Acme News")

        # The command rejects an invalid configuration without signaling the server.
        server.config.write_text('{"pages": [], "lisen": 1}')
        run = self.reload(server)
        self.assertEqual(run.returncode, 78)
        self.assertIn("lisen is not a known key", run.stderr)
        server.process.terminate()
        self.assertEqual(self.notice(), {"STOPPING": "1"})

    def test_first_key_is_printed_before_ready(self):
        path = str(self.folder / "notify")
        self.manager.bind(path)
        printed = self.folder / "printed"
        with printed.open("w") as output:
            process = subprocess.Popen(
                [BINARY, "serve", "--first-key"], stdout=output, stderr=subprocess.DEVNULL, cwd=self.folder,
                env={**os.environ, "NOTIFY_SOCKET": path, "ALLCLEAR_LISTEN": "127.0.0.1:0"})
        try:
            notice = self.notice()
            self.assertIn("Key     allclear_", printed.read_text())
            self.assertEqual(notice, {"READY": "1", "STATUS": "Serving 1 page"})
        finally:
            process.terminate()
            process.wait(timeout=30)

    def test_failed_start_is_not_ready(self):
        path = str(self.folder / "notify")
        self.manager.bind(path)
        one, port = listening()
        self.addCleanup(one.close)
        with self.assertRaisesRegex(RuntimeError, "Address already in use"):
            NotifiedServer(path, listen=f"127.0.0.1:{port}")
        self.manager.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.manager.recv(65536)

    def test_missing_manager_is_logged(self):
        server = NotifiedServer(str(self.folder / "none"))
        self.addCleanup(server.stop)
        self.assertEqual(server.call("GET", SUMMARY)["ongoing_incidents"], [])
        # The server answers requests before it notifies.
        server.until(lambda: "cannot notify the service manager" in server.log_text())


class TracedServer(Server):
    """A server that may not raise a thread's priority, under strace, which writes its calls to a file."""

    def __init__(self, calls, **settings):
        self.calls = calls
        super().__init__(**settings)

    def spawn(self, command):
        # With -D, the server itself is the child process, so it gets the signals.
        return subprocess.Popen(
            ["strace", "-D", "-f", "-o", self.calls, "-e", "trace=connect,setpriority",
             "-e", "inject=setpriority:error=EACCES", *command], stderr=self.log)


class SyslogTests(unittest.TestCase):
    def test_nothing_is_sent_to_syslog(self):
        tracing.require()
        with tempfile.TemporaryDirectory(prefix="allclear-systemd-") as folder:
            calls = pathlib.Path(folder) / "calls"
            server = TracedServer(calls)
            self.addCleanup(server.stop)
            server.until(lambda: "EACCES" in calls.read_text())
            # A report to syslog would follow the failed call on the same thread. After a second failed call, none can follow.
            server.until(lambda: "/dev/log" in calls.read_text() or calls.read_text().count("EACCES") > 1)
            self.assertNotIn("/dev/log", calls.read_text())


if __name__ == "__main__":
    unittest.main()
