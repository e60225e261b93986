"""Tests a server that pauses for a while, as when its machine is migrated or suspended."""

import signal
import socket
import time
import unittest

from server import Server

CONNECTIONS = 1_500


class PauseTests(unittest.TestCase):
    def test_requests_during_pause_are_answered_after_it(self):
        server = Server(http={
            # A loaded machine needs seconds for all first requests.
            "idle_timeout_seconds": 8, "max_connections_per_address": 2 * CONNECTIONS, "event_loops": 1})
        self.addCleanup(server.stop)
        address = server.url.rpartition("/")[2].split(":")
        request = b"GET /acme/api/v1/summary HTTP/1.1\r\nHost: localhost\r\n\r\n"
        clients = []
        for _ in range(CONNECTIONS):
            client = socket.create_connection((address[0], int(address[1])), timeout=30)
            self.addCleanup(client.close)
            clients.append(client)
        for client in clients:
            client.sendall(request)
            self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 "))
        server.process.send_signal(signal.SIGSTOP)
        try:
            for client in clients:
                client.sendall(request)
            # Longer than the idle timeout of every connection.
            time.sleep(10)
        finally:
            server.process.send_signal(signal.SIGCONT)
        answers = [client.recv(65536)[:13] for client in clients]
        self.assertEqual(answers.count(b"HTTP/1.1 200 "), CONNECTIONS)


if __name__ == "__main__":
    unittest.main()
