"""Tests how one server takes over from another, on the same addresses and database."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import certificates
from server import BINARY, PAGES, Server
from test_proxy import free_port
from test_tls import client_context

SUMMARY = "/acme/api/v1/summary"


class UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class BusyClient(threading.Thread):
    """Reads the widget without pauses, on one connection after the other."""

    def __init__(self, connect, requests_per_connection):
        super().__init__(daemon=True)
        self.connect, self.requests_per_connection = connect, requests_per_connection
        self.answers, self.failures, self.is_over = 0, [], False

    def run(self):
        while not self.is_over:
            connection = self.connect()
            try:
                for _ in range(self.requests_per_connection):
                    connection.request("GET", SUMMARY)
                    response = connection.getresponse()
                    response.read()
                    assert response.status == 200, response.status
                    self.answers += 1
                    if self.is_over or response.will_close:
                        break
            except Exception as error:
                self.failures.append(error)
            finally:
                connection.close()

    def stop(self):
        self.is_over = True
        self.join(timeout=60)


def until_answered(clients, times):
    """Waits until each client has received this many more answers."""
    before = [client.answers for client in clients]
    deadline = time.monotonic() + 60
    while any(client.answers < count + times for client, count in zip(clients, before)):
        if time.monotonic() > deadline:
            raise AssertionError(f"answers are missing: {before}, {[client.answers for client in clients]}")
        time.sleep(0.01)


def ask(connection, method, path, body=None, token=None):
    """The status and the JSON of an answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


class HandOverTests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-handover-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.crt, self.key = certificates.make(self.folder, "standard")
        self.port, self.tls_port, self.path = free_port(), free_port(), self.folder / "http.sock"
        self.monitoring_port = free_port()
        self.first = Server(
            monitoring={"listen": f"127.0.0.1:{self.monitoring_port}"},
            listen=[
                f"127.0.0.1:{self.port}",
                {"address": f"127.0.0.1:{self.tls_port}", "tls": {"certificate": str(self.crt), "key": str(self.key)}},
                f"unix:{self.path}",
            ])
        self.addCleanup(self.first.folder.cleanup)
        self.addCleanup(self.end, self.first)

    def configure(self, **settings):
        configuration = json.loads(self.first.config.read_text())
        self.first.config.write_text(json.dumps(configuration | settings))

    def take_over(self):
        second = self.first.take_over()
        self.addCleanup(self.end, second)
        return second

    def end(self, server):
        if server.process.poll() is None:
            server.terminate()
        server.log.close()

    def busy_clients(self):
        ways = [
            lambda: http.client.HTTPConnection("127.0.0.1", self.port, timeout=30),
            lambda: http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=30, context=client_context()),
            lambda: UnixConnection(self.path),
        ]
        clients = [BusyClient(connect, requests) for connect in ways for requests in (1, 1_000_000)]
        for client in clients:
            client.start()
            self.addCleanup(client.stop)
        return clients

    def test_no_request_fails(self):
        clients = self.busy_clients()
        until_answered(clients, 20)
        current = self.first
        for loops in (3, 1, 2):
            self.configure(http={"event_loops": loops})
            successor = self.take_over()
            until_answered(clients, 20)
            current.terminate()
            until_answered(clients, 20)
            current = successor
        for client in clients:
            client.stop()
        self.assertEqual([client.failures for client in clients], [[]] * len(clients))
        self.assertTrue(self.path.is_socket(), "the socket is the last server's")
        current.terminate()
        self.assertFalse(self.path.exists())

    def test_health_command_asks_successor(self):
        def state():
            connection = http.client.HTTPConnection("127.0.0.1", self.monitoring_port, timeout=30)
            try:
                return ask(connection, "GET", "/readyz")[0]
            finally:
                connection.close()

        # A request in progress keeps the stopping server running.
        slow = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(slow.close)
        slow.sendall(b"POST /v2/status_page_incidents HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        self.assertIn(b" 100 ", slow.recv(100))
        self.take_over()
        self.first.process.terminate()
        self.first.until(lambda: "stopping" in self.first.log_text())
        # The server logs "stopping" before it stops. If it still listened, it would get about half of the requests.
        self.first.until(lambda: all(state() == 200 for _ in range(40)))
        self.assertIsNone(self.first.process.poll())
        slow.sendall(b"x")
        self.assertIn(b" 401 ", slow.recv(100))
        self.assertEqual(self.first.process.wait(timeout=60), 0)

    def test_both_servers_show_all_writes(self):
        token = self.first.key("status_page_publisher")
        # Both servers accept from the same sockets. Only the second also listens on another address.
        old = UnixConnection(self.path)
        self.addCleanup(old.close)
        page = ask(old, "GET", "/v2/status_pages", token=token)[1]["status_pages"][0]["id"]
        its_own = self.folder / "second.sock"
        self.configure(listen=[*json.loads(self.first.config.read_text())["listen"], f"unix:{its_own}"])
        second = self.take_over()
        new = UnixConnection(its_own)
        self.addCleanup(new.close)
        shown = []

        def write(writer, name):
            """Declares an incident, and returns how many seconds passed until both servers showed it."""
            begin = time.monotonic()
            status, _ = ask(writer, "POST", "/v2/status_page_incidents", {
                "status_page_id": page, "name": name, "incident_status": "investigating", "message": "We look.",
                "idempotency_key": name, "notify_subscribers": False}, token)
            self.assertEqual(status, 201)
            shown.insert(0, name)
            for reader in (old, new):
                while [one["name"] for one in ask(reader, "GET", SUMMARY)[1]["ongoing_incidents"]] != shown:
                    self.assertLess(time.monotonic(), begin + 30, f"{name} is not shown")
            return time.monotonic() - begin

        for writer, who in ((old, "the first"), (new, "the second")):
            # Tries several times, because other load on the machine may delay some.
            self.assertTrue(any(write(writer, f"{who}, {number}") < 1 for number in range(20)), who)

        self.first.process.terminate()
        # A request on an old connection to the stopping server gets an answer that also closes the connection.
        self.first.until(lambda: "stopping" in self.first.log_text())
        self.assertEqual(ask(old, "GET", SUMMARY)[0], 200)
        self.assertEqual(self.first.process.wait(timeout=30), 0)
        shown.insert(0, "after")
        status, _ = ask(new, "POST", "/v2/status_page_incidents", {
            "status_page_id": page, "name": "after", "incident_status": "investigating", "message": "We look.",
            "idempotency_key": "after", "notify_subscribers": False}, token)
        self.assertEqual(status, 201)
        names = [one["name"] for one in ask(new, "GET", SUMMARY)[1]["ongoing_incidents"]]
        self.assertEqual(names, shown)
        second.terminate()

    def test_second_server_is_rejected(self):
        def rows():
            connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
            try:
                return connection.execute("SELECT * FROM pages ORDER BY id").fetchall()
            finally:
                connection.close()

        settings = json.loads(self.first.config.read_text())
        database, listen = settings["database"], settings["listen"]
        before, inode = rows(), self.path.stat().st_ino
        other = self.folder / "other.json"
        free = f"127.0.0.1:{free_port()}"
        for addresses, named in [(listen, f"127.0.0.1:{self.port}"), ([free, listen[1]], f"127.0.0.1:{self.tls_port}"),
                                 ([free, listen[2]], f"unix:{self.path}")]:
            # A server that someone starts by mistake must not apply its pages.
            other.write_text(json.dumps({**settings, "listen": addresses, "pages": PAGES[2:]}))
            run = subprocess.run(
                [BINARY, "serve", "--config", other], capture_output=True, text=True, timeout=30)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn(f"cannot listen on {named}: Address already in use", run.stderr)
        self.assertEqual(rows(), before)
        self.assertEqual(self.path.stat().st_ino, inode)
        for connection in (http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), UnixConnection(self.path)):
            self.assertEqual(ask(connection, "GET", SUMMARY)[0], 200)
            connection.close()

    def test_unix_socket(self):
        inode = self.path.stat().st_ino
        kept = UnixConnection(self.path)
        self.addCleanup(kept.close)
        self.assertEqual(ask(kept, "GET", SUMMARY)[0], 200)
        second = self.take_over()
        self.assertEqual(self.path.stat().st_ino, inode, "the socket file must be the same")
        # A connection that was open before stays with the old server.
        self.assertEqual(ask(kept, "GET", SUMMARY)[0], 200)
        self.first.terminate()
        self.assertEqual(self.path.stat().st_ino, inode)
        fresh = UnixConnection(self.path)
        self.addCleanup(fresh.close)
        self.assertEqual(ask(fresh, "GET", SUMMARY)[0], 200)
        second.terminate()
        self.assertFalse(self.path.exists(), "the last server must remove the socket file")

    def point(self):
        """The path of the Unix socket where a successor gets the listening sockets of the running server."""
        return pathlib.Path(json.loads(self.first.config.read_text())["database"] + "-takeover")

    def run_third(self):
        return subprocess.run([BINARY, "serve", "--config", self.first.config, "--take-over"],
                              capture_output=True, text=True, timeout=30)

    def test_third_server_is_rejected(self):
        second = self.take_over()
        run = self.run_third()
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("another server is already taking over", run.stderr)
        self.first.until_logged("refused to hand over")
        self.first.terminate()
        second.until(lambda: "the previous server has stopped" in second.log_text())
        second.until(self.point().exists)
        third = second.take_over()
        self.addCleanup(self.end, third)
        second.terminate()
        third.terminate()
        self.assertFalse(self.point().exists())

    def test_third_server_is_rejected_while_first_ends(self):
        # A request in progress keeps the first server running.
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as slow:
            slow.sendall(b"POST /v2/status_page_incidents HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                         b"Expect: 100-continue\r\n\r\n")
            self.assertIn(b" 100 ", slow.recv(100))
            second = self.take_over()
            self.first.process.terminate()
            self.first.until(lambda: "stopping" in self.first.log_text())
            run = self.run_third()
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn("another server is already taking over", run.stderr)
            slow.sendall(b"x")
        self.assertEqual(self.first.process.wait(timeout=60), 0)
        second.until(lambda: "the previous server has stopped" in second.log_text())

    def test_unused_socket_file_is_removed(self):
        extra = self.folder / "extra.sock"
        listen = json.loads(self.first.config.read_text())["listen"]
        self.first.terminate()
        self.configure(listen=[*listen, f"unix:{extra}"])
        self.first.start()
        self.assertTrue(extra.is_socket())
        self.configure(listen=listen)
        second = self.take_over()
        second.until_logged("no server will listen on these addresses")
        self.assertEqual(ask(UnixConnection(extra), "GET", SUMMARY)[0], 200)
        self.first.terminate()
        second.until(lambda: not extra.exists())
        self.assertTrue(self.path.is_socket())

    def test_two_servers_stopping_together_leave_no_sockets(self):
        second = self.take_over()
        for server in (self.first, second):
            server.process.terminate()
        for server in (self.first, second):
            self.assertEqual(server.process.wait(timeout=60), 0)
        self.assertFalse(self.path.exists())

    def test_killed_successor_changes_nothing(self):
        clients = self.busy_clients()
        until_answered(clients, 20)
        inode = self.path.stat().st_ino
        for signal in ("kill", "terminate"):
            successor = self.take_over()
            if signal == "kill":
                # The kill also ends its accepted connections, so no client may be connected to it.
                for client in clients:
                    client.stop()
                successor.process.kill()
                successor.process.wait(timeout=30)
            else:
                successor.process.terminate()
                self.assertEqual(successor.process.wait(timeout=30), 0)
            self.first.until(lambda: "the server that was taking over has stopped" in self.first.log_text())
            self.assertEqual(self.path.stat().st_ino, inode)
            self.assertTrue(self.point().exists())
            clients = self.busy_clients()
            until_answered(clients, 20)
            for client in clients:
                self.assertEqual(client.failures, [])
        # A successor that fails half-way: it gets the sockets, but cannot listen on another address.
        original = self.first.config.read_text()
        self.configure(listen=[*json.loads(original)["listen"], "192.0.2.1:1"])
        run = self.run_third()
        self.assertEqual(run.returncode, 1)
        self.assertIn("Cannot assign requested address", run.stderr)
        self.first.config.write_text(original)
        until_answered(clients, 20)
        second = self.take_over()
        self.first.terminate()
        until_answered(clients, 20)
        for client in clients:
            client.stop()
        self.assertEqual([client.failures for client in clients], [[]] * len(clients))
        second.terminate()

    def test_successor_survives_killed_predecessor(self):
        second = self.take_over()
        self.first.process.kill()
        self.first.process.wait(timeout=30)
        second.until(lambda: "the previous server has stopped" in second.log_text())
        for connection in (http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), UnixConnection(self.path)):
            self.assertEqual(ask(connection, "GET", SUMMARY)[0], 200)
            connection.close()
        second.until(self.point().exists)
        third = second.take_over()
        self.addCleanup(self.end, third)
        second.terminate()
        third.terminate()
        self.assertFalse(self.path.exists())

    def test_other_user_gets_no_sockets(self):
        self.assertEqual(self.point().stat().st_mode & 0o777, 0o600)
        if os.getuid() != 0:
            self.skipTest("only root can run a server as another user")
        # Another user gets no sockets even if the file's mode lets that user connect.
        for path in (self.point(), *self.point().parents):
            path.chmod(path.stat().st_mode | (0o666 if path == self.point() else 0o055))
        code = ("import socket, sys; peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); "
                "peer.settimeout(30); peer.connect(sys.argv[1]); print(peer.recv(100))")
        run = subprocess.run(["python3", "-c", code, self.point()], capture_output=True, text=True, timeout=60, user=65534)
        self.assertEqual(run.stdout, "b''\n", run.stderr)
        self.first.until_logged("the new server runs as another user")

    def test_take_over_without_running_server_starts_normally(self):
        self.first.terminate()
        self.assertFalse(self.point().exists())
        second = self.take_over()
        second.until_logged("no running server to take over from")
        self.assertEqual(ask(UnixConnection(self.path), "GET", SUMMARY)[0], 200)
        second.terminate()


if __name__ == "__main__":
    unittest.main()
