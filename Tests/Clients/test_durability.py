"""Tests the built server's promises about writes: after a kill, under strace, and with a failing disk."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import unittest.mock

import torture
import tracing
from server import Server

INCIDENTS = torture.INCIDENTS


class KillTests(unittest.TestCase):
    def test_kill_loses_no_acknowledged_write(self):
        """Runs a few rounds of `make torture`."""
        seed = random.SystemRandom().randrange(1 << 32)
        with self.subTest(seed=seed):
            run = torture.Torture(seed, writers=8, people=3)
            self.addCleanup(run.stop)
            for _ in range(8):
                run.round()
            self.assertGreater(run.acknowledged, 0)


class ServerTests(unittest.TestCase):
    """Tests that need strace and a separate server each."""

    def setUp(self):
        tracing.require()
        self.server = Server(rate_limits={"requests_per_minute": 0})
        self.addCleanup(self.server.stop)
        self.token = self.server.key("status_page_publisher", "api_keys_manage")
        pages = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"]
        self.page = next(page["id"] for page in pages if page["name"] == "Partners")
        self.client = torture.Client(self.server.url, self.token)
        self.addCleanup(self.client.__exit__)
        self.log = pathlib.Path(self.server.folder.name) / "sdk.db-wal"

    def incident(self, name):
        return {"status_page_id": self.page, "name": name, "incident_status": "investigating",
                "message": f"{name} began.", "idempotency_key": name, "notify_subscribers": False}

    def declare(self, name, client=None):
        """Tries to declare an incident. Returns the status, the JSON, whether it is a replay, and the header fields."""
        client = client or self.client
        client.send("POST", INCIDENTS, self.incident(name))
        response = client.connection.getresponse()
        body = json.loads(response.read())
        return response.status, body, response.getheader("Idempotent-Replayed") == "true", response.headers

    def names(self):
        listed = self.client.read(f"{INCIDENTS}?status_page_id={self.page}&page_size=250")
        return sorted(incident["name"] for incident in listed["status_page_incidents"])

    def widget(self):
        document = self.client.read("/partners/api/v1/summary")
        return sorted(incident["name"] for incident in document["ongoing_incidents"])


class AuditTests(ServerTests):
    CALLS = ["-s", "20000", "-e", "trace=fdatasync,fsync,pwrite64,sendto,recvfrom"]

    def test_wal_is_synced_before_each_answer(self):
        with tracing.Strace(self.server.process, *self.CALLS) as trace:
            statuses = []

            def call(*request):
                status, answer, _ = self.client.call(*request)
                statuses.append(status)
                return answer

            incident = torture.Writer.id_of(call("POST", INCIDENTS, self.incident("One")))
            call("POST", torture.INCIDENT_UPDATES, {
                "status_page_incident_id": incident, "message": "News.", "incident_status": "identified",
                "notify_subscribers": False})
            call("PUT", f"{INCIDENTS}/{incident}", {"name": "Renamed"})
            maintenance = torture.Writer.id_of(call("POST", torture.MAINTENANCES, {
                "status_page_id": self.page, "name": "Upgrade", "maintenance_status": "maintenance_scheduled",
                "message": "We upgrade.", "idempotency_key": "upgrade", "notify_subscribers": False,
                "start_at": "2990-01-01T10:00:00Z", "end_at": "2990-01-01T12:00:00Z", "affected_component_ids": []}))
            call("PUT", f"{torture.MAINTENANCES}/{maintenance}", {
                "name": "Moved", "start_at": "2991-01-01T10:00:00Z", "end_at": "2991-01-01T12:00:00Z"})
            call("DELETE", f"{torture.MAINTENANCES}/{maintenance}")
            key = json.loads(call("POST", torture.KEYS, {
                "name": "Key", "role_names": ["status_page_publisher"], "team_ids": [], "team_role_names": []}))
            key = key["api_key"]["id"]
            call("POST", f"{torture.KEYS}/{key}/actions/rotate", {"grace_period_minutes": 5})
            call("DELETE", f"{torture.KEYS}/{key}")
        self.assertEqual(statuses, [201, 201, 200, 201, 200, 204, 201, 201, 204])
        audited = 0
        answers = self.answers(trace.calls)
        for received in self.requests(trace.calls):
            answer = next(call for call in answers if call.began > received.began)
            written = [call for call in self.writes(trace.calls) if received.began < call.began < answer.began]
            self.assertTrue(written, received.text[:200])
            self.assertTrue(
                any(written[-1].ended < sync.began and sync.ended < answer.began for sync in self.syncs(trace.calls)),
                answer.text[:200])
            audited += 1
        self.assertEqual(audited, 9)

    def test_wal_is_synced_before_each_answer_with_concurrent_writers(self):
        """Looks for each name in the writes to the WAL and in the answers to clients."""
        with tracing.Strace(self.server.process, *self.CALLS) as trace:
            with concurrent.futures.ThreadPoolExecutor(8) as threads:
                def declare(number):
                    with torture.Client(self.server.url, self.token) as client:
                        return [self.declare(f"audited-{number}-{index}", client)[0] for index in range(10)]
                statuses = sum(threads.map(declare, range(8)), [])
        self.assertEqual(statuses, [201] * 80)
        writes, syncs = self.writes(trace.calls), self.syncs(trace.calls)
        audited = set()
        for answer in self.answers(trace.calls):
            [name] = set(re.findall(r'name\\":\\"(audited-\d-\d)\\"', answer.text))
            frame = next(write for write in writes if name in write.text)
            self.assertTrue(any(frame.ended < sync.began and sync.ended < answer.began for sync in syncs), name)
            audited.add(name)
        self.assertEqual(len(audited), 80)
        # This test of the order proves nothing unless the writes share fsyncs.
        self.assertLess(len(syncs), 80)

    @staticmethod
    def requests(calls):
        return [call for call in calls if call.name == "recvfrom" and re.search(r'"(POST|PUT|DELETE) ', call.text)]

    @staticmethod
    def answers(calls):
        return [call for call in calls if call.name == "sendto" and '"HTTP/1.1 20' in call.text]

    def writes(self, calls):
        return [call for call in calls if call.name == "pwrite64" and call.file == str(self.log)]

    def syncs(self, calls):
        return [call for call in calls
                if call.name in ("fdatasync", "fsync") and call.file == str(self.log) and call.result == "0"]


class FaultTests(ServerTests):
    def check(self, path, fault):
        """Makes calls on a file fail for a while. Meanwhile writes must be rejected, and everything else must work."""
        before = self.declare("Before")
        self.assertEqual(before[0], 201)
        with tracing.Strace(self.server.process, *tracing.failing(path, fault)):
            for name in ("First", "Second", "Third"):
                status, body, _, fields = self.declare(name)
                self.assertEqual(status, 503, body)
                self.assertGreater(int(fields["Retry-After"]), 0)
                self.assertEqual(body["errors"][0]["code"], "storage_unavailable")
                self.assertEqual(self.widget(), ["Before"])
                self.assertEqual(self.names(), ["Before"])
                time.sleep(0.3)
        answer = self.declare("After")
        for _ in range(200):
            if answer[0] == 201:
                break
            self.assertEqual(answer[0], 503, answer)
            time.sleep(0.1)
            answer = self.declare("After")
        self.assertEqual(answer[0], 201, answer)
        # A failed write may be stored or not, but all readers agree. After a retry, it is stored once.
        names = self.names()
        self.assertEqual(self.widget(), names)
        self.assertLessEqual({"Before", "After"}, set(names))
        first = {}
        for name in ("First", "Second", "Third"):
            status, body, replayed, _ = self.declare(name)
            self.assertEqual((status, replayed), (201, name in names), body)
            first[name] = body
        everything = sorted(["Before", "After", *first])
        self.assertEqual((self.names(), self.widget()), (everything, everything))
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        self.server.log.close()
        torture.check_file(pathlib.Path(self.server.folder.name))
        self.server.start()
        self.client = torture.Client(self.server.url, self.token)
        self.addCleanup(self.client.__exit__)
        self.assertEqual((self.names(), self.widget()), (everything, everything))
        for name, body in first.items():
            self.assertEqual(self.declare(name)[:3], (201, body, True))

    def test_fsync_fails(self):
        self.check(self.log, "fdatasync:error=EIO")

    def test_fsync_reports_full_disk(self):
        self.check(self.log, "fdatasync:error=ENOSPC")

    def test_full_disk(self):
        self.check(self.log, "pwrite64:error=ENOSPC")

    def test_write_fails(self):
        self.check(self.log, "pwrite64:error=EIO")

    def test_write_returns_zero(self):
        self.check(self.log, "pwrite64:retval=0")

    def test_file_system_becomes_read_only(self):
        self.check(self.log, "pwrite64:error=EROFS")


class FullDiskTests(unittest.TestCase):
    """Tests with a full file system. Only root can make one."""

    def setUp(self):
        self.disk = tempfile.TemporaryDirectory(prefix="allclear-disk-")
        self.addCleanup(self.disk.cleanup)
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.disk.name]
        if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("only root can make a small file system")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk.name], check=True)
        self.server = Server(database=f"{self.disk.name}/sdk.db", rate_limits={"requests_per_minute": 0})
        self.addCleanup(self.server.stop)
        self.token = self.server.key("status_page_publisher")
        pages = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"]
        self.page = next(page["id"] for page in pages if page["name"] == "Partners")
        self.connect()

    def connect(self):
        self.client = torture.Client(self.server.url, self.token)
        self.addCleanup(self.client.__exit__)

    def declare(self, name):
        status, body, _ = self.client.call("POST", INCIDENTS, {
            "status_page_id": self.page, "name": name, "incident_status": "investigating", "message": "News. " * 500,
            "idempotency_key": name, "notify_subscribers": False})
        return status

    def fill(self, but_for=0):
        filler = pathlib.Path(self.disk.name) / "filler"
        with filler.open("ab", buffering=0) as file:
            with contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass
        os.truncate(filler, filler.stat().st_size - but_for)

    def clear(self):
        (pathlib.Path(self.disk.name) / "filler").unlink()

    def readiness(self):
        return self.client.call("GET", "/readyz")[0]

    def until(self, status, call):
        for _ in range(300):
            if (found := call()) == status:
                return
            time.sleep(0.1)
        self.fail(f"the value is still {found}")

    def test_one_failed_write_makes_server_unready(self):
        self.assertEqual(self.readiness(), 200)
        # Leaves space for the probe's commit, but not for the clients' writes.
        self.fill(but_for=3 * 4096)
        number = 0
        while (status := self.declare(f"incident {number}")) == 201:
            number += 1
        self.assertEqual(status, 503)
        for _ in range(5):
            self.assertEqual(self.readiness(), 503)
            time.sleep(0.5)
        self.clear()
        self.until(200, self.readiness)
        self.assertEqual(self.declare("after"), 201)
        self.assertEqual(self.readiness(), 200)

    def manager(self):
        """The socket of a service manager, which servers notify when they start during the test."""
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(f"{self.server.folder.name}/notify")
        manager.settimeout(30)
        environment = unittest.mock.patch.dict(os.environ, {"NOTIFY_SOCKET": f"{self.server.folder.name}/notify"})
        environment.start()
        self.addCleanup(environment.stop)
        return manager

    def configure(self, change):
        """Changes the declared pages."""
        settings = json.loads(self.server.config.read_text())
        change(settings["pages"])
        self.server.config.write_text(json.dumps(settings))

    def hide_partners(self):
        """Declares the pages without the one that has the ongoing incident."""
        self.configure(lambda pages: pages.remove(next(page for page in pages if page["slug"] == "partners")))

    def is_applied(self, client):
        [value] = re.findall(r"^allclear_config_last_reload_successful (\d)", client.call("GET", "/metrics")[1].decode(), re.M)
        return value == "1"

    def check_start(self, stop):
        self.assertEqual(self.declare("before"), 201)
        stop()
        self.configure(lambda pages: pages.append({"slug": "fresh", "name": "New"}))
        self.fill()
        manager = self.manager()
        self.server.start()
        self.connect()
        self.assertRegex(manager.recv(4096).decode(), "READY=1\nSTATUS=Serving 3 pages, read-only: .*full")
        self.server.until_logged("the configuration's pages cannot be stored")
        self.assertEqual(self.readiness(), 503)
        shown = self.client.read("/partners/api/v1/summary")
        self.assertEqual([incident["name"] for incident in shown["ongoing_incidents"]], ["before"])
        listed = self.client.read(f"{INCIDENTS}?status_page_id={self.page}")
        self.assertEqual(len(listed["status_page_incidents"]), 1)
        self.client.send("POST", INCIDENTS, {"status_page_id": self.page, "name": "x", "incident_status": "investigating",
                                             "message": "x", "idempotency_key": "x", "notify_subscribers": False})
        response = self.client.connection.getresponse()
        self.assertEqual(response.status, 503, response.read())
        self.assertGreater(int(response.getheader("Retry-After")), 0)
        response.read()
        self.clear()
        self.until(200, self.readiness)
        self.assertRegex(manager.recv(4096).decode(), "READY=1\nSTATUS=Serving 4 pages$")
        self.assertEqual(self.declare("after"), 201)
        self.assertEqual(self.client.read("/fresh/api/v1/summary")["page_title"], "New")
        self.assertEqual(len(self.client.read("/partners/api/v1/summary")["ongoing_incidents"]), 2)

    def test_start_on_full_disk_serves_stored_pages(self):
        self.check_start(self.server.terminate)

    def test_start_on_full_disk_after_kill_serves_stored_pages(self):
        def kill():
            self.server.process.kill()
            self.server.process.wait()
            self.server.log.close()
        self.check_start(kill)

    def test_start_on_full_disk_does_not_archive_ongoing_incidents(self):
        self.assertEqual(self.declare("before"), 201)
        self.server.terminate()
        before = self.server.config.read_text()
        self.hide_partners()
        self.fill()
        with self.assertRaises(RuntimeError):
            self.server.start()
        self.assertEqual(self.server.process.wait(), 78)
        self.server.until_logged('would archive page "partners", which has 1 ongoing incident')
        self.server.log.close()
        self.server.config.write_text(before)
        self.server.start()

    def test_pages_rejected_after_disk_has_space_are_reported(self):
        # This connection stays with the older server.
        self.assertEqual(self.readiness(), 200)
        self.hide_partners()
        self.fill()
        manager = self.manager()
        successor = self.server.take_over()
        self.addCleanup(successor.terminate)
        self.assertRegex(manager.recv(4096).decode(), "READY=1\nSTATUS=Serving 3 pages, read-only: .*full")
        # The older server stores an incident before the successor can store its pages.
        successor.process.send_signal(signal.SIGSTOP)
        try:
            self.clear()
            self.until(201, lambda: self.declare("before"))
        finally:
            successor.process.send_signal(signal.SIGCONT)
        self.assertRegex(
            manager.recv(4096).decode(),
            'READY=1\nSTATUS=configuration not applied: .*would archive page "partners", which has 1 ongoing incident')
        self.client.__exit__()
        self.server.terminate()
        client = torture.Client(successor.url, self.token)
        self.addCleanup(client.__exit__)
        self.assertFalse(self.is_applied(client))
        self.assertEqual(len(client.read("/partners/api/v1/summary")["ongoing_incidents"]), 1)

    def test_reload_rejected_by_full_disk_stays_reported(self):
        self.server.terminate()
        self.fill()
        manager = self.manager()
        self.server.start()
        self.connect()
        self.assertRegex(manager.recv(4096).decode(), "READY=1\nSTATUS=Serving 3 pages, read-only: .*full[^;]*$")
        self.configure(lambda pages: pages.append({"slug": "fresh", "name": "New"}))
        self.server.process.send_signal(signal.SIGHUP)
        self.assertIn("RELOADING=1", manager.recv(4096).decode())
        self.assertRegex(
            manager.recv(4096).decode(), "READY=1\nSTATUS=Serving 3 pages, read-only: .*; configuration not applied: ")
        self.assertFalse(self.is_applied(self.client))
        # Several attempts to open the database fail, all for the same reason.
        time.sleep(5)
        self.assertLessEqual(self.server.log_text().count("the disk is full: writes get 503"), 1, self.server.log_text())
        self.assertNotIn("the disk failed", self.server.log_text())
        self.clear()
        self.until(200, self.readiness)
        self.assertRegex(manager.recv(4096).decode(), "READY=1\nSTATUS=configuration not applied: ")
        self.assertFalse(self.is_applied(self.client))
        self.server.process.send_signal(signal.SIGHUP)
        self.assertIn("RELOADING=1", manager.recv(4096).decode())
        self.assertRegex(manager.recv(4096).decode(), "READY=1\nSTATUS=Serving 4 pages$")
        self.assertTrue(self.is_applied(self.client))

    def test_end_of_reload_is_reported_once(self):
        self.server.terminate()
        self.fill()
        manager = self.manager()
        self.server.start()
        self.connect()
        self.assertIn("READY=1", manager.recv(4096).decode())
        self.clear()
        self.server.process.send_signal(signal.SIGHUP)
        while "RELOADING=1" not in manager.recv(4096).decode():
            pass
        self.assertIn("READY=1", manager.recv(4096).decode())
        self.until(200, self.readiness)
        time.sleep(1)
        manager.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self.fail(manager.recv(4096).decode())


if __name__ == "__main__":
    unittest.main()
