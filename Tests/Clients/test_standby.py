"""Tests a standby on one machine: an active server, its replica on an emulated S3, and a second server on a copy of it."""

import contextlib
import datetime
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import unittest
import unittest.mock
import urllib.request

import torture
from replicated import ObjectStore, ReplicatedServer, StandbyServer
from server import BINARY


class StandbyTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = ObjectStore()
        cls.addClassCleanup(cls.store.leave)

    def begin(self, name):
        active = ReplicatedServer(self.store, name, rate_limits={"requests_per_minute": 0})
        self.addCleanup(active.end)
        active.token = active.key("status_page_publisher", "status_page_viewer", "api_keys_manage")
        pages = active.call("GET", "/v2/status_pages", token=active.token)["status_pages"]
        active.page = next(page["id"] for page in pages if page["name"] == "Partners")
        standby = StandbyServer(self.store, name, new_name=f"{name}-2", rate_limits={"requests_per_minute": 0})
        self.addCleanup(standby.end)
        standby.token, standby.page = active.token, active.page
        return active, standby

    @staticmethod
    def create(server, name):
        with torture.Client(server.url, server.token) as client:
            return client.call("POST", torture.INCIDENTS, {
                "status_page_id": server.page, "name": name, "idempotency_key": name, "message": "Something began.",
                "incident_status": "investigating", "notify_subscribers": False})

    @staticmethod
    def shown(server):
        with torture.Client(server.url, server.token) as client:
            return sorted(one["name"] for one in client.read("/partners/api/v1/summary")["ongoing_incidents"])

    @staticmethod
    def age(server, path="/partners/api/v1/summary"):
        with urllib.request.urlopen(server.url + path, timeout=30) as response:
            return response.headers["Allclear-Stale"]

    def metric(self, server, name):
        with urllib.request.urlopen(server.url + "/metrics", timeout=30) as response:
            return float(re.search(rf"^{name} (\S+)$", response.read().decode(), re.MULTILINE).group(1))

    def test_standby_follows_and_refuses_writes(self):
        active, standby = self.begin("follow")
        for number in range(5):
            name = f"incident {number}"
            self.assertEqual(self.create(active, name)[0], 201)
            standby.until(lambda: name in self.shown(standby))
            # A request with a key reads the copy itself, and gets the incident too.
            with torture.Client(standby.url, standby.token) as client:
                listed = client.read(f"{torture.INCIDENTS}?status_page_id={standby.page}")["status_page_incidents"]
            self.assertEqual(len(listed), number + 1)
            if number == 2:
                # Litestream 0.5.17 cannot continue a copy. It fetches a new one, which the standby then serves.
                standby.stop_following()
                standby.database.unlink()
                standby.database.with_name("sdk.db-txid").unlink()
                self.assertEqual(len(self.shown(standby)), 3)
                standby.follow()
        self.assertIsNone(self.age(standby))
        self.assertEqual(self.metric(standby, "allclear_standby"), 1)
        self.assertEqual(self.metric(active, "allclear_standby"), 0)
        status, body, _ = self.create(standby, "refused")
        self.assertEqual(status, 503)
        self.assertIn("Nothing was changed", body.decode())
        with urllib.request.urlopen(standby.url + "/readyz", timeout=30) as response:
            self.assertEqual(response.status, 200)
        # A key made on the active server works on the standby.
        token = active.key("status_page_viewer")
        standby.until(lambda: self.works(standby, token))
        # No other command may write to the copy.
        run = subprocess.run([BINARY, "keys", "create", "--name", "a", "--role", "status_page_viewer", "--config",
                              standby.config], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("keeps this copy up to date", run.stderr)
        # A copy that gets no more changes is marked as stale in every answer.
        active.process.kill()
        active.litestream.kill()
        standby.until(lambda: self.age(standby))
        self.assertGreaterEqual(int(self.age(standby)), 2)
        self.assertIsNotNone(self.age(standby, "/partners"))
        self.assertIsNotNone(self.age(standby, "/healthz"))
        self.assertGreater(self.metric(standby, "allclear_standby_age_seconds"), 2)
        standby.terminate()
        # The only errors allowed are those from the moment without a copy.
        errors = [line for line in standby.log_text().splitlines() if " ERROR " in line]
        self.assertEqual([line for line in errors if "cannot read the copy" not in line], [])

    @staticmethod
    def works(server, token):
        with torture.Client(server.url, token) as client:
            return client.call("GET", "/v2/status_pages")[0] == 200

    def test_promoted_standby_has_every_acknowledged_write(self):
        active, standby = self.begin("promote")
        names = [f"incident {number}" for number in range(20)]
        for name in names:
            self.assertEqual(self.create(active, name)[0], 201)
        active.lose_machine()
        # The follower must get the rest before it is stopped.
        standby.until(lambda: len(self.shown(standby)) == len(names))
        run = standby.promote("--force")
        self.assertEqual(run.returncode, 1, "a copy that is still followed was promoted")
        self.assertIn("stop litestream restore -f first", run.stderr)
        standby.process.send_signal(signal.SIGUSR1)
        standby.until(lambda: "cannot promote this standby" in standby.log_text())
        standby.stop_following()
        # The last heartbeat is young, so the active server may still run.
        run = standby.promote()
        self.assertEqual(run.returncode, 1)
        self.assertIn("another server wrote to this database", run.stderr)
        run = standby.promote("--force")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        standby.until(lambda: "this server is active now" in standby.log_text())
        # The server serves pages, but rejects writes until Litestream replicates to the new place.
        self.assertEqual(self.shown(standby), sorted(names))
        self.assertEqual(self.create(standby, "too early")[0], 503)
        standby.litestream.start()
        standby.until(lambda: self.create(standby, "after")[0] == 201)
        self.assertIsNone(self.age(standby))
        self.assertEqual(self.metric(standby, "allclear_standby"), 0)
        shown = self.shown(standby)
        self.assertEqual(set(names) - set(shown), set())
        # The new place has everything, too.
        copy = standby.database.with_name("copy.db")
        standby.litestream.restore(copy)
        run = subprocess.run([BINARY, "verify", copy], capture_output=True, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr)
        # The promoted server is an ordinary server now: the last heartbeat is its own, and a restart keeps everything.
        with contextlib.closing(sqlite3.connect(f"file:{standby.database}?mode=ro", uri=True)) as database:
            identity = standby.database.with_name("sdk.db-server").read_text()
            standby.until(lambda: database.execute("SELECT server FROM heartbeat").fetchone() == (identity,))
        standby.terminate()
        run = subprocess.run([BINARY, "serve", "--standby", "--config", standby.config], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("is not a copy", run.stderr)
        standby.start()
        self.assertEqual(self.shown(standby), shown)

    def test_service_manager_learns_why_a_promoted_server_cannot_write(self):
        active, standby = self.begin("status")
        standby.terminate()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            place = str(standby.database.with_name("notify"))
            manager.bind(place)
            manager.settimeout(30)
            with unittest.mock.patch.dict(os.environ, {"NOTIFY_SOCKET": place}):
                standby.start("--standby")
            self.assertRegex(manager.recv(4096).decode(), "STATUS=Serving 3 pages, read-only: this server is a standby$")
            active.lose_machine()
            standby.stop_following()
            self.assertEqual(standby.promote("--force").returncode, 0)
            # The promoted server's own Litestream does not run yet.
            self.assertRegex(manager.recv(4096).decode(), "STATUS=Serving 3 pages, read-only: .*Litestream does not answer")
            standby.litestream.start()
            self.assertRegex(manager.recv(4096).decode(), "STATUS=Serving 3 pages$")

    def test_promoted_standby_shows_a_maintenance_that_began_meanwhile(self):
        active, standby = self.begin("due")
        standby.terminate()
        # The promoted server's own Litestream does not run in this test.
        standby.config.write_text(standby.config.read_text().replace(
            '"litestream_socket"', '"on_failure": "local", "litestream_socket"'))
        standby.start("--standby")
        now = datetime.datetime.now(datetime.timezone.utc)
        # Late enough for the standby to show the maintenance before the window begins.
        start = now + datetime.timedelta(seconds=15)
        active.call("POST", torture.MAINTENANCES, {
            "status_page_id": active.page, "name": "move", "idempotency_key": "move", "message": "We move.",
            "maintenance_status": "maintenance_scheduled", "start_at": start.isoformat(),
            "end_at": (start + datetime.timedelta(hours=1)).isoformat(), "affected_component_ids": [],
            "automate_maintenance_status": True, "notify_subscribers": False}, active.token)

        def shown(kind):
            with torture.Client(standby.url, standby.token) as client:
                return [one["name"] for one in client.read("/partners/api/v1/summary")[kind]]

        standby.until(lambda: shown("scheduled_maintenances") == ["move"])
        active.lose_machine()
        standby.stop_following()
        time.sleep(max(0, (start - datetime.datetime.now(datetime.timezone.utc)).total_seconds()))
        self.assertEqual(standby.promote("--force").returncode, 0)
        standby.until(lambda: shown("in_progress_maintenances") == ["move"])

    def test_standby_needs_a_copy(self):
        active, standby = self.begin("copy")
        standby.terminate()
        standby.stop_following()
        for path in standby.database.parent.glob("sdk.db*"):
            path.unlink()
        run = subprocess.run([BINARY, "serve", "--standby", "--config", standby.config], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("there is no copy at", run.stderr)
        self.assertFalse(standby.database.exists())
        # The active server's database is not a copy.
        active.terminate()
        run = subprocess.run([BINARY, "serve", "--standby", "--config", active.config], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("is not a copy", run.stderr)
        active.start()

    def test_restored_database_is_refused_while_another_server_writes(self):
        active, standby = self.begin("fence")
        standby.terminate()
        standby.stop_following()
        for path in standby.database.parent.glob("sdk.db*"):
            path.unlink()
        active.litestream.restore(standby.database)
        command = [BINARY, "serve", "--config", standby.config]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("another server wrote to this database", run.stderr)
        # The server that wrote the last heartbeat may restart at once.
        active.terminate()
        active.start()
        # Now the last heartbeat in the restored database is old enough.
        time.sleep(10)
        super(StandbyServer, standby).start()
        self.assertEqual(self.metric(standby, "allclear_standby"), 0)


if __name__ == "__main__":
    unittest.main()
