"""Tests that every acknowledged write survives the loss of the machine, with Litestream and an emulated S3."""

import concurrent.futures
import random
import subprocess
import threading
import unittest

import torture
from replicated import ObjectStore, ReplicatedServer
from server import BINARY

ROUNDS = 2


class ReplicationTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = ObjectStore()
        cls.addClassCleanup(cls.store.leave)

    def begin(self, name, **settings):
        server = ReplicatedServer(self.store, name, rate_limits={"requests_per_minute": 0}, **settings)
        self.addCleanup(server.end)
        server.token = server.key("status_page_publisher", "status_page_viewer", "api_keys_manage")
        pages = server.call("GET", "/v2/status_pages", token=server.token)["status_pages"]
        server.page = next(page["id"] for page in pages if page["name"] == "Partners")
        return server

    @staticmethod
    def create(server, name, client=None):
        with torture.Client(server.url, server.token) as own:
            return (client or own).call("POST", torture.INCIDENTS, {
                "status_page_id": server.page, "name": name, "idempotency_key": name, "message": "Something began.",
                "incident_status": "investigating", "notify_subscribers": False})

    @staticmethod
    def shown(server):
        with torture.Client(server.url, server.token) as client:
            return [one["name"] for one in client.read("/partners/api/v1/summary")["ongoing_incidents"]]

    def test_acknowledged_writes_survive_the_loss_of_the_machine(self):
        self.lose_machines(has_new_paths=True)

    def test_acknowledged_writes_survive_on_the_old_replica_path(self):
        """Without replication before the answer, Litestream lost most writes in this case."""
        self.lose_machines(has_new_paths=False)

    def lose_machines(self, has_new_paths):
        seed = random.SystemRandom().randrange(1 << 32)
        replicated = torture.ReplicatedTorture(self.store, seed, 4, 2, has_new_paths)
        self.addCleanup(replicated.stop)
        try:
            for _ in range(ROUNDS):
                replicated.round()
        except torture.Broken as problem:
            self.fail(f"round {replicated.rounds + 1}, seed {seed}: {problem}")
        self.assertGreater(replicated.acknowledged, 10)

    def test_no_write_is_acknowledged_while_the_object_store_is_away(self):
        server = self.begin("away", replication={"timeout_seconds": 5})
        self.assertEqual(self.create(server, "before")[0], 201)
        try:
            # A heartbeat may be the first write without a copy. The server then rejects the write of this test.
            for _ in range(10):
                if self.writes_without_copy(server, "during"):
                    break
                self.store.come_back()
                server.until(lambda: self.create(server, "before")[0] == 201)
            else:
                self.fail("a heartbeat was first each time")
            status, body, _ = self.create(server, "later")
            self.assertEqual(status, 503)
            self.assertIn("Nothing was changed", body.decode())
            self.assertEqual(self.shown(server), ["before"])
            server.until_logged("replication failed: writes get 503 until it works again")
        finally:
            self.store.come_back()
        # Without any request, the write is replicated and then shown.
        server.until(lambda: sorted(self.shown(server)) == ["before", "during"])
        # The answer needs another copy, which may take longer than the timeout on a busy machine.
        _, _, is_replayed = server.until(lambda: (answer := self.create(server, "during"))[0] == 201 and answer)
        self.assertTrue(is_replayed)
        server.lose_machine()
        server.restore()
        self.assertEqual(sorted(self.shown(server)), ["before", "during"])

    def writes_without_copy(self, server, name):
        """Takes the object store away, and writes. Returns whether the server stored the write without a copy."""
        self.store.leave()
        status, body, _ = self.create(server, name)
        self.assertEqual(status, 503)
        answer = body.decode()
        self.assertRegex(answer, "may or may not be stored|Nothing was changed")
        return "may or may not be stored" in answer

    def test_writes_continue_after_a_restart_of_litestream(self):
        server = self.begin("restarted")
        self.assertEqual(self.create(server, "one")[0], 201)
        server.litestream.kill()
        self.assertEqual(self.create(server, "two")[0], 503)
        server.litestream.start()
        server.until(lambda: self.create(server, "three")[0] == 201)
        # If a heartbeat was the first write without a copy, "two" was rejected.
        server.until(lambda: self.create(server, "two")[0] == 201)
        self.assertEqual(sorted(self.shown(server)), ["one", "three", "two"])

    def test_local_writes_are_answered_and_replicated_later(self):
        server = self.begin("local", replication={"on_failure": "local"})
        server.litestream.kill()
        self.assertEqual(self.create(server, "one")[0], 201)
        self.assertEqual(self.shown(server), ["one"])
        server.until_logged("only this machine has them")
        server.litestream.start()
        server.until(lambda: "all writes are replicated again" in server.log_text())
        server.lose_machine()
        server.restore()
        self.assertEqual(self.shown(server), ["one"])

    def test_server_and_commands_write_at_the_same_time(self):
        server = self.begin("together")
        is_over = threading.Event()

        def write():
            with torture.Client(server.url, server.token) as client:
                statuses = []
                while not is_over.is_set():
                    statuses.append(self.create(server, f"incident {len(statuses)}", client)[0])
                return statuses

        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            writing = threads.submit(write)
            try:
                for _ in range(20):
                    server.key("status_page_viewer")
            finally:
                is_over.set()
        self.assertEqual(set(writing.result()), {201})

    def test_commands_replicate_and_check_reports_litestream(self):
        server = self.begin("commands")
        check = [BINARY, "check", "--config", server.config]
        run = subprocess.run(check, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0)
        self.assertNotIn("replication", run.stderr)
        token = server.key("status_page_viewer")
        server.lose_machine()
        run = subprocess.run(check, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0)
        self.assertIn("replication does not work now: Litestream does not answer at", run.stderr)
        server.restore()
        server.call("GET", "/v2/status_pages", token=token)
        server.litestream.kill()
        run = subprocess.run([BINARY, "keys", "create", "--name", "lost", "--role", "status_page_viewer", "--config",
                              server.config], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn("may or may not be stored: replication fails", run.stderr)


if __name__ == "__main__":
    unittest.main()
