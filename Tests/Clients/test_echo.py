"""Tests the engine alone, with Python's HTTP client."""

import http.client
import subprocess
import unittest

from server import ROOT

BINARY = ROOT / ".build" / "debug" / "http-echo"


class EchoTests(unittest.TestCase):
    def start(self, *options):
        process = subprocess.Popen([BINARY, "0", *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: self.assertEqual(process.wait(timeout=30), 0))
        self.addCleanup(process.terminate)
        port = int(process.stdout.readline().rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, method, path, body=None, fields={}):
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        return response.status, response.read()

    def test_echo(self):
        connection = self.start()
        self.assertEqual(self.ask(connection, "GET", "/any/path?at=all"), (200, b"OK"))
        self.assertEqual(self.ask(connection, "HEAD", "/"), (200, b""))
        for method in ("POST", "PUT"):
            for body in (b"", b"hello", bytes(range(256)) * 1000):
                self.assertEqual(self.ask(connection, method, "/", body), (200, body))
            chunks = iter([b"one", b"two" * 10_000])
            self.assertEqual(self.ask(connection, method, "/", chunks), (200, b"one" + b"two" * 10_000))
        self.assertEqual(self.ask(connection, "DELETE", "/")[0], 405)

    def test_signal_right_after_start_stops_server(self):
        for _ in range(30):
            process = subprocess.Popen([BINARY, "0"], stdout=subprocess.PIPE, text=True)
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.kill)
            process.stdout.readline()
            process.terminate()
            self.assertEqual(process.wait(timeout=30), 0)

    def test_limits_are_options(self):
        connection = self.start("--max-body-bytes", "10", "--max-fields", "5", "--max-request-line-bytes", "50")
        self.assertEqual(self.ask(connection, "POST", "/", b"x" * 10), (200, b"x" * 10))
        self.assertEqual(self.ask(connection, "POST", "/", b"x" * 11)[0], 413)
        self.assertEqual(self.ask(connection, "GET", "/" + "x" * 50)[0], 414)
        self.assertEqual(self.ask(connection, "GET", "/", fields={f"X-{number}": "" for number in range(5)})[0], 431)

    def test_invalid_limits_are_named(self):
        for option, value in (("--max-fields", "0"), ("--idle-timeout", "-1"), ("--event-loops", "two")):
            with self.subTest(option=option):
                run = subprocess.run([BINARY, "0", f"{option}={value}"], capture_output=True, text=True, timeout=30)
                self.assertEqual(run.returncode, 64)
                self.assertIn(f"The value '{value}' is invalid for '{option} <", run.stderr)
                self.assertIn("must be a whole number greater than 0", run.stderr)


if __name__ == "__main__":
    unittest.main()
