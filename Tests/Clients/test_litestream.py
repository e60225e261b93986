"""Tests replication with Litestream, configured as docs/operations.md says, to an emulated S3 (moto)."""

import concurrent.futures
import contextlib
import itertools
import logging
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

import boto3
from moto.server import ThreadedMotoServer

import torture
from server import BINARY, ROOT, Server, succeed

LITESTREAM = str(pathlib.Path(sys.executable).parent / "litestream")
BUCKET = "my-bucket"
ROUNDS = 2
RETROSPECTIVE = "/v2/status_page_retrospective_incidents"
# An incident with this text takes about 20 pages. So the clients' writes cause many checkpoints.
LONG = "\U0001F525" * 4_000


def documented_configuration():
    """The contents of litestream.yml in docs/operations.md."""
    return re.search(r"```yaml\n(dbs:\n.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL).group(1)


class Replica:
    """Litestream for the database of one server, configured as documented."""

    def __init__(self, folder, endpoint, name):
        self.folder = folder
        self.log = folder / "litestream.log"
        self.config = folder / "litestream.yml"
        self.endpoint = endpoint
        self.process = None
        self.use(name)

    def use(self, name):
        """Writes the configuration, with a replica path."""
        url = f"s3://{BUCKET}/{name}?endpoint={self.endpoint}&forcePathStyle=true&region=us-east-1"
        text = documented_configuration()
        for documented, real in [("/var/lib/allclear/allclear.db", str(self.folder / "sdk.db")),
                                 (f"s3://{BUCKET}/allclear", url)]:
            if documented not in text:
                raise AssertionError(f"the documented litestream.yml does not name {documented}")
            text = text.replace(documented, real)
        self.config.write_text(text)

    ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "PATH": "/usr/bin:/bin"}

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [LITESTREAM, "replicate", "-config", self.config], stdout=log, stderr=log, env=self.ENVIRONMENT)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        """Stops Litestream, which first copies the rest."""
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process = None

    def restore(self, copy):
        """Restores a copy. Returns false if there is none yet."""
        run = subprocess.run(
            [LITESTREAM, "restore", "-config", self.config, "-if-replica-exists", "-o", copy, self.folder / "sdk.db"],
            capture_output=True, text=True, env=self.ENVIRONMENT, timeout=120)
        if run.returncode != 0:
            raise AssertionError(f"litestream restore: {run.stdout}{run.stderr}")
        return pathlib.Path(copy).exists()


class LitestreamTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        cls.storage = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        cls.storage.start()
        cls.addClassCleanup(cls.storage.stop)
        host, port = cls.storage.get_host_and_port()
        cls.endpoint = f"http://{host}:{port}"
        client = boto3.client("s3", endpoint_url=cls.endpoint, region_name="us-east-1",
                              aws_access_key_id="testing", aws_secret_access_key="testing")
        client.create_bucket(Bucket=BUCKET)

    def begin(self, name):
        """Starts a server with a key for clients, and prepares a replica without starting it."""
        server = Server(rate_limits={"requests_per_minute": 0, "backfill_per_second": 0})
        self.addCleanup(self.end, server)
        server.token = server.key("status_page_publisher")
        pages = server.call("GET", "/v2/status_pages", token=server.token)["status_pages"]
        server.page = next(page["id"] for page in pages if page["name"] == "Partners")
        server.database = pathlib.Path(server.folder.name) / "sdk.db"
        replica = Replica(pathlib.Path(server.folder.name), self.endpoint, name)
        self.addCleanup(replica.kill)
        return server, replica

    @staticmethod
    def end(server):
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        server.log.close()
        server.folder.cleanup()

    def declare(self, server, client, name, message="Something began."):
        """Creates a resolved incident, and returns its id. No widget shows it, so writes stay fast."""
        status, body, _ = client.call("POST", RETROSPECTIVE, {
            "status_page_id": server.page, "name": name, "idempotency_key": name, "updates": [
                {"message": message, "incident_status": "investigating", "published_at": "2024-01-01T10:00:00Z"},
                {"message": "Over.", "incident_status": "resolved", "published_at": "2024-01-01T11:00:00Z"}]})
        if status != 201:
            raise AssertionError(f"{status} {body}")
        return torture.Writer.id_of(body)

    def write(self, server, names, writers=4):
        """Starts clients that write until the server is gone or the returned function is called.

        That function stops the clients, and returns the names of the stored incidents.
        """
        is_over = threading.Event()
        stored = []

        def work(number):
            with contextlib.suppress(*torture.GONE), torture.Client(server.url, server.token) as client:
                for index in itertools.count():
                    if is_over.is_set():
                        break
                    name = f"{names}-{number}-{index}"
                    self.declare(server, client, name, LONG)
                    stored.append(name)

        threads = concurrent.futures.ThreadPoolExecutor(writers)
        works = [threads.submit(work, number) for number in range(writers)]

        def finish():
            is_over.set()
            for work in works:
                work.result()
            threads.shutdown()
            return stored
        return finish

    def verify(self, path):
        return subprocess.run([BINARY, "verify", path], capture_output=True, text=True, timeout=120)

    @staticmethod
    def names(database):
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return {name for name, in connection.execute("SELECT name FROM incidents")}

    def test_replicas_are_sound_after_stop_or_kill(self):
        choices = random.Random(seed := random.SystemRandom().randrange(1 << 32))
        copies, unsound, longest = 0, [], 0
        for number in range(ROUNDS):
            server, replica = self.begin(f"round-{number}")
            for life in range(4):
                replica.start()
                finish = self.write(server, f"life-{life}")
                time.sleep(choices.uniform(2, 4))
                log = pathlib.Path(f"{server.database}-wal")
                longest = max(longest, log.stat().st_size)
                # In half of the rounds, the clients finish before the stop; in the others, they still write.
                if number % 2:
                    finish()
                is_killed = life in (1, 2)
                server.process.send_signal(signal.SIGKILL if is_killed else signal.SIGTERM)
                # Ends Litestream at once or after a while. If at once, the server closes the database last. After a
                # kill, Litestream has time to copy what the server wrote last, and to make a checkpoint.
                time.sleep(choices.choice([0.3, 1.5, 1.5] if is_killed else [0, 0, 0.3]) if life < 3 else 0)
                replica.kill()
                server.process.wait()
                finish()
                copy = pathlib.Path(server.folder.name) / f"copy-{life}.db"
                if replica.restore(copy):
                    copies += 1
                    run = self.verify(copy)
                    if run.returncode != 0:
                        unsound.append((number, life, (run.stdout + run.stderr)[:200]))
                server.log.close()
                if life < 3:
                    # Runs a command while no other process has the database open.
                    succeed(BINARY, "keys", "list", "--config", server.config)
                    server.start()
            # The server closed the database last. The WAL must still hold the pages that Litestream has not copied.
            self.assertTrue(log.exists() and log.stat().st_size > 0, f"the stop made a checkpoint, seed {seed}")
        # Some runs may be too short for a first copy, but not most of them.
        self.assertGreaterEqual(copies, 3 * ROUNDS, f"seed {seed}")
        self.assertEqual(unsound, [], f"{len(unsound)} of {copies} copies, seed {seed}")
        # Litestream keeps the WAL short.
        self.assertLess(longest, 200 << 20)

    def test_server_runs_on_restored_replica(self):
        server, replica = self.begin("resumed")
        with torture.Client(server.url, server.token) as client:
            self.declare(server, client, "before Litestream")
        replica.start()
        server.until(lambda: "another program checkpoints the database" in server.log_text())
        finish = self.write(server, "first")
        time.sleep(2)
        stored = finish() + ["before Litestream"]
        server.terminate()
        # When it stops, Litestream first copies the rest.
        replica.stop()
        copy = pathlib.Path(server.folder.name) / "copy.db"
        self.assertTrue(replica.restore(copy))
        self.assertEqual(self.names(copy), set(stored))
        run = self.verify(copy)
        self.assertEqual(run.returncode, 0, run.stderr)
        # As in docs/operations.md: the copy replaces the database, and Litestream starts again on a new path.
        run = subprocess.run([BINARY, "restore", copy, "--force", "--config", server.config],
                             capture_output=True, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr)
        shutil.rmtree(f"{server.folder.name}/.sdk.db-litestream")
        replica.use("resumed-2")
        server.start()
        self.assertNotIn("another program checkpoints the database", server.log_text())
        with torture.Client(server.url, server.token) as client:
            one = self.declare(server, client, "after the restore")
            shown = client.read(f"{torture.INCIDENTS}/{one}")["status_page_incident"]
            self.assertEqual(shown["name"], "after the restore")
            # A repeated request gets the stored answer.
            self.declare(server, client, "before Litestream")
        replica.start()
        server.until(lambda: "another program checkpoints the database" in server.log_text())
        finish = self.write(server, "second")
        time.sleep(2)
        stored += finish() + ["after the restore"]
        server.process.kill()
        server.process.wait()
        replica.stop()
        again = pathlib.Path(server.folder.name) / "again.db"
        self.assertTrue(replica.restore(again))
        run = self.verify(again)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.names(again), set(stored))


if __name__ == "__main__":
    unittest.main()
