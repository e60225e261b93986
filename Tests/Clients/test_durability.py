"""What the server promises of writes, on the built server: killed, watched, and with a disk that fails."""

import concurrent.futures
import json
import pathlib
import random
import re
import signal
import time
import unittest

import torture
import tracing
from server import Server

INCIDENTS = torture.INCIDENTS


class KillTests(unittest.TestCase):
    def test_a_killed_server_has_every_write_it_answered_and_no_half_ones(self):
        """A few rounds of what `make torture` does many of."""
        seed = random.SystemRandom().randrange(1 << 32)
        with self.subTest(seed=seed):
            ordeal = torture.Torture(seed, writers=8)
            self.addCleanup(ordeal.stop)
            for _ in range(8):
                ordeal.round()
            self.assertGreater(ordeal.acknowledged, 0)


class ServerTests(unittest.TestCase):
    """Tests with a server each, and strace."""

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
        """Tries to declare an incident. Returns the status, the body's JSON, whether it is a replay, and the fields."""
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

    def test_a_sync_of_the_log_comes_before_every_answer_to_a_write(self):
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

    def test_so_it_does_when_many_write_at_once(self):
        """Each name is looked for in what goes to the log and in what goes to the client."""
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
        # They share syncs, which is what makes the order worth a test.
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
        """Lets calls on a file fail for a while. Writes must be refused meanwhile, everything else go on."""
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
        # What failed is there or not, but for everyone alike; repeated, it is there once.
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

    def test_a_sync_that_fails(self):
        self.check(self.log, "fdatasync:error=EIO")

    def test_a_sync_that_finds_the_disk_full(self):
        self.check(self.log, "fdatasync:error=ENOSPC")

    def test_a_disk_that_is_full(self):
        self.check(self.log, "pwrite64:error=ENOSPC")

    def test_a_write_that_fails(self):
        self.check(self.log, "pwrite64:error=EIO")

    def test_a_write_of_nothing(self):
        self.check(self.log, "pwrite64:retval=0")

    def test_a_file_system_that_became_read_only(self):
        self.check(self.log, "pwrite64:error=EROFS")


if __name__ == "__main__":
    unittest.main()
