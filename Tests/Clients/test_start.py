"""Tests starts that fail completely or in part, and that they leave other things unchanged."""

import contextlib
import copy
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import unittest
import urllib.request

from server import BINARY, PAGES, Server, succeed
from test_proxy import free_port


class StartTests(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.folder = pathlib.Path(self.server.folder.name)
        self.settings = json.loads(self.server.config.read_text())

    def serve(self, *options, **settings):
        """Starts another server with other pages. The start must fail."""
        config = self.folder / "other.json"
        config.write_text(json.dumps({**self.settings, "pages": PAGES[2:], **settings}))
        run = subprocess.run(
            [BINARY, "serve", "--config", config, *options], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(run.returncode, 0)
        return run

    def rows(self, database=None):
        connection = sqlite3.connect(f"file:{database or self.settings['database']}?mode=ro", uri=True)
        with contextlib.closing(connection):
            return [connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in ("pages", "api_keys")]

    def test_failed_start_changes_nothing(self):
        before = self.rows()
        foreign, nowhere = "192.0.2.1:8080", f"unix:{self.folder}/none/http.sock"
        for options, address, reason in [
            (["--take-over"], foreign, "Cannot assign requested address"),
            (["--take-over"], nowhere, "No such file or directory"),
            ([], foreign, "Cannot assign requested address"),
            ([], nowhere, "No such file or directory"),
        ]:
            for settings in ({"listen": address}, {"monitoring": {"listen": address}}):
                if options and "listen" in settings:
                    # A successor must also listen on the running server's address.
                    settings = {"listen": [self.settings["listen"], address]}
                with self.subTest(options=options, settings=settings):
                    run = self.serve(*options, **settings)
                    self.assertEqual(run.returncode, 1)
                    self.assertIn(f"cannot listen on {address}: {reason}", run.stderr)
                    self.assertEqual(self.rows(), before)
        # A file or directory at the path of a socket stays unchanged.
        (self.folder / "directory").mkdir()
        file = self.folder / "file"
        file.write_text("mine")
        for path in (self.folder / "directory", file, self.settings["database"]):
            for options in ([], ["--take-over"]):
                with self.subTest(options=options, path=path):
                    run = self.serve(*options, listen=[self.settings["listen"], f"unix:{path}"])
                    self.assertIn(f"cannot listen on unix:{path}: a file that is not a socket has this path", run.stderr)
                    self.assertEqual(self.rows(), before)
        self.assertEqual(file.read_text(), "mine")
        # Names one address in two ways, if the machine's name resolves to a local address.
        name, port = socket.gethostname(), free_port()
        try:
            with socket.create_server((name, port)) as listener:
                address = listener.getsockname()[0]
        except OSError:
            self.skipTest("the machine's own name does not resolve to an address here")
        run = self.serve(listen=f"{address}:{port}", monitoring={"listen": f"{name}:{port}"})
        self.assertIn(
            f"cannot listen on both {name}:{port} and {address}:{port}: Address already in use", run.stderr)
        self.assertEqual(self.rows(), before)

    def test_failed_start_leaves_no_database(self):
        database = self.folder / "new.db"
        self.serve(listen=f"unix:{self.folder}/none/http.sock", database=str(database))
        self.assertEqual([path.name for path in self.folder.glob("new.db*")], [])

    def test_second_server_on_other_address_is_rejected(self):
        before = self.rows()
        run = self.serve(listen=f"127.0.0.1:{free_port()}", http={"shutdown_timeout_seconds": 1})
        self.assertEqual(run.returncode, 1)
        self.assertIn("waiting for another server", run.stderr)
        self.assertIn("another allclear server uses ", run.stderr)
        self.assertIn("--take-over", run.stderr)
        self.assertEqual(self.rows(), before)
        # A server that listens on none of the running server's addresses cannot take over. Clients could not reach it.
        run = self.serve("--take-over", listen=f"127.0.0.1:{free_port()}")
        self.assertIn("cannot take over: the running server listens on 127.0.0.1:0, but listen says", run.stderr)
        self.assertEqual(self.rows(), before)
        second = self.server.take_over()
        second.terminate()
        # Commands, and successors that have ended, do not count as servers.
        succeed(BINARY, "keys", "list", "--config", self.server.config)
        self.server.process.kill()
        self.server.process.wait(timeout=30)
        self.server.log.close()
        self.server.start()

    def test_one_of_two_servers_that_create_a_database_serves(self):
        for delay in (0, 0.02):
            database = self.folder / f"new-{delay}.db"
            servers = []
            for page in PAGES[1:]:
                config = self.folder / f"{page['slug']}.json"
                config.write_text(json.dumps({
                    **self.settings, "database": str(database), "pages": [page],
                    "http": {"shutdown_timeout_seconds": 1}}))
                servers.append(subprocess.Popen([BINARY, "serve", "--config", config], stderr=subprocess.PIPE, text=True))
                time.sleep(delay)
            with self.subTest(delay=delay):
                # The rejected server exits without a signal.
                while all(server.poll() is None for server in servers):
                    time.sleep(0.02)
                loser = next(server for server in servers if server.poll() is not None)
                winner = next(server for server in servers if server is not loser)
                self.assertEqual(loser.returncode, 1)
                self.assertIn("another allclear server uses ", loser.communicate()[1])
                winner.terminate()
                winner.communicate(timeout=30)
                self.assertEqual(winner.returncode, 0)
                connection = sqlite3.connect(database)
                with contextlib.closing(connection):
                    slugs = connection.execute("SELECT slug FROM pages").fetchall()
                self.assertEqual(slugs, [(PAGES[1:][servers.index(winner)]["slug"],)])

    def test_concurrent_commands_create_a_database(self):
        for round in range(5):
            config = self.folder / "made.json"
            config.write_text(json.dumps({"database": str(self.folder / f"made-{round}.db"), "pages": PAGES}))
            create = [BINARY, "keys", "create", "--create", "--name", "one of many", "--role", "status_page_viewer"]
            makers = [
                subprocess.Popen([*create, "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                for _ in range(5)]
            errors = [maker.communicate(timeout=60)[1] for maker in makers]
            self.assertEqual([maker.returncode for maker in makers], [0] * len(makers), errors)
            listed = subprocess.run([BINARY, "keys", "list", "--config", config], capture_output=True, text=True, timeout=60)
            self.assertEqual(listed.stdout.count("one of many"), len(makers))

    def test_start_waits_for_stopping_server(self):
        address = ("127.0.0.1", int(self.server.url.rpartition(":")[2]))
        with socket.create_connection(address, timeout=30) as slow:
            slow.sendall(b"POST /v2/status_page_incidents HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{")
            first = copy.copy(self.server)
            first.process.terminate()
            first.until(lambda: "stopping" in first.log_text())
            timer = threading.Timer(1, lambda: slow.sendall(b"}"))
            timer.start()
            self.server.start()
            timer.join()
            self.assertTrue(slow.recv(1_000).startswith(b"HTTP/1.1 401 "))
        self.assertEqual(first.process.wait(timeout=30), 0)
        first.log.close()
        self.assertIn("waiting for another server", self.server.log_text())

    def test_closed_standard_stream_does_not_damage_database(self):
        self.server.terminate()
        before = self.rows()
        for closed in (0, 1, 2):
            with self.subTest(closed=closed):
                listen = f"127.0.0.1:{free_port()}"
                config = self.folder / "closed.json"
                config.write_text(json.dumps({**self.settings, "listen": listen}))
                process = subprocess.Popen(
                    [BINARY, "serve", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    preexec_fn=lambda: os.close(closed))
                for _ in range(1_000):
                    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{listen}/acme/api/v1/summary"):
                        break
                    time.sleep(0.02)
                names = [os.readlink(path) for path in pathlib.Path(f"/proc/{process.pid}/fd").glob("[012]")]
                self.assertFalse([name for name in names if ".db" in name])
                process.terminate()
                self.assertEqual(process.wait(timeout=30), 0)
                succeed(BINARY, "verify", self.settings["database"])
        self.assertEqual(self.rows(), before)
        self.server.start()

    def test_early_reload_runs_after_start(self):
        self.server.terminate()
        # The start waits for this lock.
        database = sqlite3.connect(self.settings["database"], isolation_level=None, check_same_thread=False)
        self.addCleanup(database.close)
        database.execute("BEGIN IMMEDIATE")

        def disturb():
            self.server.process.send_signal(signal.SIGHUP)
            database.execute("COMMIT")

        timer = threading.Timer(2, disturb)
        timer.start()
        self.server.start()
        timer.join()
        self.server.until(lambda: "configuration applied" in self.server.log_text())
        self.server.call("GET", "/acme/api/v1/summary")

    def start_as_first_process(self, config):
        """Starts a server as PID 1 of a new namespace. Returns the outer process, and the server's PID outside."""
        isolate = ["unshare", "--pid", "--fork", "--kill-child"]
        if subprocess.run([*isolate, "true"], capture_output=True).returncode != 0:
            self.skipTest("this user may not create namespaces")
        outer = subprocess.Popen([*isolate, BINARY, "serve", "--config", config], stderr=subprocess.DEVNULL)
        self.addCleanup(outer.kill)
        children = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        executable = os.stat(BINARY).st_ino
        for _ in range(3_000):
            with contextlib.suppress(OSError, ValueError):
                first = int(children.read_text())
                names = [os.readlink(path) for path in pathlib.Path(f"/proc/{first}/fd").iterdir()]
                if os.stat(f"/proc/{first}/exe").st_ino == executable and any(".db" in name for name in names):
                    return outer, first
            time.sleep(0.01)
        self.fail("the server did not start")

    def test_sigterm_ends_start_as_pid_1(self):
        self.server.terminate()
        database = sqlite3.connect(self.settings["database"], isolation_level=None)
        self.addCleanup(database.close)
        # The start waits for this lock.
        database.execute("BEGIN IMMEDIATE")
        outer, first = self.start_as_first_process(self.server.config)
        os.kill(first, signal.SIGTERM)
        self.assertEqual(outer.wait(timeout=30), 128 + signal.SIGTERM)
        database.execute("COMMIT")
        self.server.start()

    def test_second_sigterm_ends_pid_1(self):
        port = free_port()
        config = self.folder / "first.json"
        config.write_text(json.dumps({
            **self.settings, "listen": f"127.0.0.1:{port}", "database": str(self.folder / "first.db"),
            "http": {"shutdown_timeout_seconds": 60}}))
        outer, first = self.start_as_first_process(config)
        for _ in range(3_000):
            with contextlib.suppress(OSError):
                slow = socket.create_connection(("127.0.0.1", port))
                break
            time.sleep(0.01)
        self.addCleanup(slow.close)
        slow.sendall(b"POST /v2/status_page_incidents HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        self.assertIn(b" 100 ", slow.recv(100))
        # The first signal asks the server to finish. A second signal at the same moment must have no further effect.
        for _ in range(100):
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.assertEqual(outer.wait(timeout=0.5), 128 + signal.SIGTERM)
                return
        self.fail("the process did not end")

    def test_all_addresses_without_ipv6(self):
        alone = ["unshare", "--net", "sh", "-c"]
        prepare = "ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
        if subprocess.run([*alone, prepare], capture_output=True).returncode != 0:
            self.skipTest("cannot make a network without IPv6 here")
        self.server.terminate()
        self.server.config.write_text(json.dumps({**self.settings, "listen": "[::]:8080"}))
        serve = f'{prepare} && exec "$0" serve --config "$1"'
        self.server.spawn = lambda command: subprocess.Popen(
            [*alone, serve, BINARY, self.server.config], stderr=self.server.log)
        self.server.start()
        run = subprocess.run(["nsenter", "--net", "--target", str(self.server.process.pid), BINARY, "health", "--config",
                              self.server.config], capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_connection_limit_fits_open_file_limit(self):
        self.server.terminate()
        self.server.config.write_text(json.dumps({
            **self.settings, "http": {"event_loops": 60},
            "monitoring": {"listen": f"127.0.0.1:{free_port()}"}}))
        spawn = self.server.spawn
        limits = (500, 500)
        self.server.spawn = lambda command: subprocess.Popen(
            command, stderr=self.server.log,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits))
        self.server.start()
        self.server.spawn = spawn
        most = int(re.search(r"open file limit.* max_connections=(\d+)", self.server.log_text())[1])
        self.assertGreater(most, 50)
        token = self.server.key("status_page_viewer")
        connections = [http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=30) for _ in range(most)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.request("GET", "/v1/identity", headers={"Authorization": f"Bearer {token}"})
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 200)
        self.assertNotIn("out of file descriptors", self.server.log_text())

    def test_start_with_closed_log_pipe(self):
        self.server.terminate()
        listen = f"127.0.0.1:{free_port()}"
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as stream:
            process = subprocess.Popen(
                [BINARY, "serve", "--config", self.server.config], stderr=stream,
                # The server logs this override at once.
                env={**os.environ, "ALLCLEAR_LISTEN": listen})
        self.addCleanup(process.kill)
        for _ in range(1_000):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{listen}/acme/api/v1/summary"):
                break
            time.sleep(0.02)
        process.terminate()
        self.assertEqual(process.wait(timeout=30), 0)
        self.server.start()

    def test_unprinted_key_is_revoked(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as stream:
            run = subprocess.run(
                [BINARY, "keys", "create", "--name", "unseen", "--role", "status_page_viewer", "--config",
                 self.server.config], stdout=stream, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot write to standard output: Broken pipe", run.stderr)
        listed = subprocess.run(
            [BINARY, "keys", "list", "--config", self.server.config], capture_output=True, text=True, timeout=60)
        self.assertNotIn("unseen", listed.stdout)

    def test_unprinted_first_key_is_revoked(self):
        database = self.folder / "keys.db"
        self.settings["database"] = str(database)
        self.server.terminate()
        self.server.config.write_text(json.dumps(self.settings))

        def keys():
            return [row[1:] for row in connection.execute("SELECT id, revoked_at IS NULL FROM api_keys ORDER BY id")]

        with open("/dev/full", "w") as full:
            self.server.spawn = lambda command: subprocess.Popen(
                command, stderr=self.server.log, stdout=full)
            self.server.start("--first-key")
        self.server.until(lambda: "the first key could not be printed and was revoked" in self.server.log_text())
        self.server.call("GET", "/acme/api/v1/summary")
        with contextlib.closing(sqlite3.connect(database)) as connection:
            self.assertEqual(keys(), [(0,)])
            self.server.terminate()
            # The next start prints another key.
            banner = self.folder / "banner"
            with banner.open("w") as file:
                self.server.spawn = lambda command: subprocess.Popen(command, stderr=self.server.log, stdout=file)
                self.server.start("--first-key")
            self.server.until(lambda: "(shown only once)" in banner.read_text())
            self.assertEqual(keys(), [(0,), (1,)])


if __name__ == "__main__":
    unittest.main()
