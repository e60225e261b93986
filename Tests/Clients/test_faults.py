"""Tests the engine with failing system calls: faults that strace injects, and a real lack of file descriptors.

The engine runs one event loop, so that each test knows which call fails. strace counts calls per thread, and only the
loop's thread accepts and receives.
"""

import collections
import http.client
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from server import ROOT

BINARY = ROOT / ".build" / "debug" / "http-echo"
REQUEST = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


class Engine:
    """http-echo, which answers GET with OK and POST with the request's body."""

    def __init__(self, test, *options, wrapper=(), preexec=None):
        # The shell is a child of strace. It prints its process ID, and then becomes the engine.
        command = [*wrapper, "/bin/sh", "-c", 'echo $$; exec "$@"', "sh", BINARY, "0", "--event-loops", "1", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=preexec)
        test.addCleanup(self.process.stdout.close)
        self.pid = int(self.process.stdout.readline())
        test.addCleanup(self.kill)
        self.port = int(self.process.stdout.readline().rpartition(":")[2])
        self.test = test

    def stop(self):
        """Stops the engine, which must exit with status 0."""
        os.kill(self.pid, signal.SIGTERM)
        self.test.assertEqual(self.process.wait(timeout=30), 0)

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait(timeout=30)

    def connect(self, receive_buffer=None):
        connection = socket.socket()
        self.test.addCleanup(connection.close)
        connection.settimeout(30)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def serves(self, connection=None):
        """Sends a request, on a new connection if none is given, and expects an answer."""
        connection = connection or self.connect()
        connection.sendall(REQUEST)
        self.answers(connection)
        return connection

    def answers(self, connection, body=b"OK"):
        """Reads an answer, which must be 200 with this body."""
        response = http.client.HTTPResponse(connection)
        response.begin()
        self.test.assertEqual((response.status, response.read()), (200, body))

    def is_lost(self, connection):
        """Whether the connection ends without an answer."""
        try:
            return connection.recv(1) == b""
        except ConnectionResetError:
            return True


class TracedEngine(Engine):
    """An engine under strace, which makes system calls fail."""

    def __init__(self, test, *faults, options=(), paths=()):
        """A fault is a list of calls, an error, and strace's `when`: which of a thread's calls fail."""
        folder = tempfile.TemporaryDirectory(prefix="allclear-test-")
        test.addCleanup(folder.cleanup)
        self.log = pathlib.Path(folder.name) / "strace"
        command = ["strace", "-f", "-o", self.log, "-e", "trace=accept4,recvfrom,sendto,epoll_wait,epoll_ctl,read,write"]
        for calls, error, when in faults:
            command += ["-e", f"inject={calls}:error={error}:when={when}"]
        for path in paths:
            command += ["-P", path]
        super().__init__(test, *options, wrapper=command)

    def injected(self):
        """How many calls strace has made fail so far."""
        return self.log.read_text().count("(INJECTED)")

    def wait_until_injected(self):
        for _ in range(3000):
            if self.injected():
                return
            time.sleep(0.01)
        self.test.fail(f"no fault was injected: {self.log.read_text()}")

    def calls(self):
        """The number of calls of each system call."""
        return collections.Counter(re.findall(r"^\d+ +(\w+)\(", self.log.read_text(), re.MULTILINE))

    def stop(self, injected=1):
        """Stops the engine, which must exit with status 0.

        Checks that faults were injected, and that no call was made in a busy loop.
        """
        super().stop()
        self.test.assertGreaterEqual(self.injected(), injected)
        # Each test makes about ten requests and one or two pauses, during which the loop wakes every second. A busy
        # loop would make thousands of calls in that time.
        for call in ("accept4", "recvfrom", "sendto", "epoll_wait", "epoll_ctl"):
            self.test.assertLess(self.calls()[call], 300, call)


class InjectedFaultTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        probe = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True)
        if probe.returncode != 0:
            raise unittest.SkipTest(f"strace may not trace here (ptrace is not permitted): {probe.stderr.strip()}")

    # Accepting

    def test_interrupted_accept_continues(self):
        for error in ("EINTR", "ECONNABORTED"):
            with self.subTest(error):
                engine = TracedEngine(self, ("accept4", error, "1+2"))
                for _ in range(5):
                    engine.serves()
                engine.stop(injected=5)

    def test_failed_accept_is_retried(self):
        # Errors that a connection had before it was accepted. accept(2) returns them.
        for error in ("EPROTO", "ENETDOWN", "EHOSTUNREACH"):
            with self.subTest(error):
                engine = TracedEngine(self, ("accept4", error, "1+2"))
                for _ in range(5):
                    engine.serves()
                engine.stop(injected=5)

    def test_accept_pauses_without_file_descriptors(self):
        for error in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"):
            with self.subTest(error):
                # The first connection takes two calls. The second call finds no other connection.
                engine = TracedEngine(self, ("accept4", error, "3"))
                first = engine.serves()
                second = engine.connect()
                second.sendall(REQUEST)
                engine.wait_until_injected()
                for _ in range(5):
                    engine.serves(first)
                engine.answers(second)
                engine.serves()
                engine.stop()
                self.assertLess(engine.calls()["accept4"], 10)

    def test_accept_continues_after_epoll_ctl_fails_for_listener(self):
        # The first three calls watch the listener, the inbox and the first connection. The fourth starts the pause.
        # The fifth ends it.
        engine = TracedEngine(self, ("accept4", "EMFILE", "3"), ("epoll_ctl", "ENOMEM", "5"))
        engine.serves()
        engine.serves()
        engine.serves()
        engine.stop(injected=2)

    def test_connection_is_closed_if_epoll_ctl_fails(self):
        for error in ("ENOSPC", "ENOMEM"):
            with self.subTest(error):
                engine = TracedEngine(self, ("epoll_ctl", error, "3"))
                self.assertTrue(engine.is_lost(engine.connect()))
                engine.serves()
                engine.stop()

    # Reading

    def test_interrupted_read_continues(self):
        engine = TracedEngine(self, ("recvfrom", "EINTR", "1+2"))
        connection = engine.connect()
        for _ in range(5):
            engine.serves(connection)
        engine.stop(injected=5)

    def test_read_without_data_waits(self):
        engine = TracedEngine(self, ("recvfrom", "EAGAIN", "1"))
        connection = engine.connect()
        connection.sendall(REQUEST[:10])
        engine.wait_until_injected()
        connection.sendall(REQUEST[10:])
        engine.answers(connection)
        engine.stop()

    def test_reset_affects_only_its_connection(self):
        for error in ("ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"):
            with self.subTest(error):
                engine = TracedEngine(self, ("recvfrom", error, "2"))
                other = engine.serves()
                hit = engine.connect()
                hit.sendall(REQUEST)
                self.assertTrue(engine.is_lost(hit))
                engine.serves(other)
                engine.serves()
                engine.stop()

    # Writing

    def test_interrupted_write_continues(self):
        engine = TracedEngine(self, ("sendto", "EINTR", "1+2"))
        connection = engine.connect()
        for _ in range(5):
            engine.serves(connection)
        engine.stop(injected=5)

    def test_interrupted_write_of_buffered_data_continues(self):
        body = os.urandom(1 << 20) * 8
        # Interrupts each write to a socket that has space again.
        engine = TracedEngine(
            self, ("sendto", "EINTR", "2+2"), options=("--max-body-bytes", str(len(body)), "--write-timeout", "300"))
        connection = engine.connect(receive_buffer=4096)
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        engine.answers(connection, body)
        engine.serves(connection)
        # Uses the base class's check, because the number of calls varies.
        Engine.stop(engine)
        self.assertGreater(engine.injected(), 1)

    def test_write_to_full_socket_buffer_is_retried(self):
        engine = TracedEngine(self, ("sendto", "EAGAIN", "1"))
        connection = engine.connect()
        connection.sendall(REQUEST)
        engine.wait_until_injected()
        # The socket has space, because strace only faked the error. So epoll reports writability only with new input.
        connection.sendall(REQUEST[:10])
        engine.answers(connection)
        connection.sendall(REQUEST[10:])
        engine.answers(connection)
        engine.stop()

    def test_failed_write_affects_only_its_connection(self):
        for error in ("EPIPE", "ECONNRESET", "ETIMEDOUT", "ENOBUFS", "ENOMEM"):
            with self.subTest(error):
                engine = TracedEngine(self, ("sendto", error, "2"))
                other = engine.serves()
                hit = engine.connect()
                hit.sendall(REQUEST)
                self.assertTrue(engine.is_lost(hit))
                engine.serves(other)
                engine.serves()
                engine.stop()

    # Waiting and waking

    def test_interrupted_epoll_wait_continues(self):
        engine = TracedEngine(self, ("epoll_wait", "EINTR", "1+2"))
        connection = engine.connect()
        for _ in range(5):
            engine.serves(connection)
        engine.stop(injected=5)

    def test_answer_wakes_loop_despite_interrupted_call(self):
        # Spares each thread's first call, because that of the main thread belongs to Dispatch.
        engine = TracedEngine(self, ("read,write", "EINTR", "2+2"), paths=("anon_inode:[eventfd]",))
        connection = engine.connect()
        for number in range(50):
            body = b"%d" % number
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            engine.answers(connection, body)
        engine.stop()


class FileLimitTests(unittest.TestCase):
    def test_connections_are_accepted_again_after_others_end(self):
        limit = 40
        engine = Engine(self, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        connections = [engine.connect() for _ in range(2 * limit)]
        for connection in connections:
            connection.sendall(REQUEST)
        for connection in connections[:10]:
            engine.answers(connection)
            engine.serves(connection)
        for connection in connections[:limit]:
            connection.close()
        for connection in connections[limit:]:
            engine.answers(connection)
            connection.close()
        engine.serves()
        engine.stop()


if __name__ == "__main__":
    unittest.main()
