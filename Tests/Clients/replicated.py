"""A server whose writes Litestream replicates to an emulated S3 (moto) before they are answered."""

import logging
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import boto3
from moto.server import ThreadedMotoServer

from server import BINARY, ROOT, Server, succeed

LITESTREAM = str(pathlib.Path(sys.executable).parent / "litestream")
BUCKET = "my-bucket"
# A loaded machine may need longer for a copy than the default of 5 seconds.
PATIENCE = 25


def documented_configuration():
    """The contents of litestream.yml in docs/high-availability.md."""
    return re.search(r"```yaml\n(socket:\n.*?)```", (ROOT / "docs" / "high-availability.md").read_text(), re.DOTALL).group(1)


class ObjectStore:
    """An emulated S3, which can go away and come back with its objects."""

    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        host, self.port = self.server.get_host_and_port()
        self.endpoint = f"http://{host}:{self.port}"
        client = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1",
                              aws_access_key_id="testing", aws_secret_access_key="testing")
        client.create_bucket(Bucket=BUCKET)

    def url(self, name):
        return f"s3://{BUCKET}/{name}?endpoint={self.endpoint}&forcePathStyle=true&region=us-east-1"

    def leave(self):
        self.server.stop()

    def come_back(self):
        # Has no effect if the store is away.
        self.server.stop()
        # moto keeps the objects in this process.
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()


class Litestream:
    """Litestream for one database."""

    ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "PATH": "/usr/bin:/bin"}

    def __init__(self, folder, database, url):
        self.folder = pathlib.Path(folder)
        self.database = pathlib.Path(database)
        self.socket = self.folder / "litestream.sock"
        self.config = self.folder / "litestream.yml"
        self.log = self.folder / "litestream.log"
        self.process = None
        self.use(url)

    def use(self, url):
        self.url = url
        text = documented_configuration()
        for documented, real in [("/run/litestream/litestream.sock", self.socket), ("s3://my-bucket/allclear-1", url),
                                 ("/var/lib/allclear/allclear.db", self.database)]:
            if documented not in text:
                raise AssertionError(f"the documented litestream.yml does not name {documented}")
            text = text.replace(documented, str(real))
        self.config.write_text(text)

    def spawn(self, *arguments):
        with self.log.open("a") as log:
            return subprocess.Popen([LITESTREAM, *map(str, arguments)], stdout=log, stderr=log, env=self.ENVIRONMENT)

    def start(self):
        self.process = self.spawn("replicate", "-config", self.config)
        for _ in range(1500):
            if self.socket.exists():
                return
            time.sleep(0.02)
        raise RuntimeError(f"Litestream does not start: {self.log.read_text()}")

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)

    def restore(self, copy):
        succeed(LITESTREAM, "restore", "-o", copy, self.url, env=self.ENVIRONMENT)


class ReplicatedServer(Server):
    """A server and its Litestream, on one machine that can be lost."""

    def __init__(self, store, name, *, replication=None, **settings):
        self.store = store
        self.replication = {"timeout_seconds": PATIENCE} | (replication or {})
        self.litestream = None
        self.name = name
        super().__init__(replication={"litestream_socket": "none"}, **settings)

    def start(self, *options):
        if self.litestream is None:
            self.litestream = Litestream(self.folder.name, f"{self.folder.name}/sdk.db", self.store.url(self.name))
            text = self.config.read_text()
            self.config.write_text(text.replace('"litestream_socket": "none"', ", ".join(
                [f'"litestream_socket": "{self.litestream.socket}"',
                 *(f'"{key}": {value!r}'.replace("'", '"') for key, value in self.replication.items())])))
            self.litestream.start()
        super().start(*options)

    @property
    def database(self):
        return self.litestream.database

    def lose_machine(self):
        """Kills the server and Litestream, and erases the disk except for the configuration."""
        self.process.send_signal(signal.SIGKILL)
        self.litestream.kill()
        self.process.wait()
        self.log.close()
        for path in pathlib.Path(self.folder.name).glob("*sdk.db*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in pathlib.Path(self.folder.name).glob(".sdk.db*"):
            shutil.rmtree(path)

    def restore(self, name=None):
        """Puts the replica in place of the lost database, and starts again.

        `name` is the new replica path. Without it, Litestream resumes on the old one.
        """
        copy = pathlib.Path(self.folder.name) / "copy.db"
        self.litestream.restore(copy)
        succeed(BINARY, "verify", copy)
        succeed(BINARY, "restore", copy, "--config", self.config)
        copy.unlink()
        if name:
            self.litestream.use(self.store.url(name))
        self.litestream.start()
        # The lost machine wrote a moment ago, but is certainly gone.
        self.start("--force")

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.litestream.kill()
        if not self.log.closed:
            self.log.close()
        self.folder.cleanup()


class StandbyServer(Server):
    """A server on a copy that `litestream restore -f` keeps up to date."""

    def __init__(self, store, name, *, new_name, **settings):
        self.store = store
        self.name = name
        self.new_name = new_name
        self.litestream = None
        self.follower = None
        super().__init__(replication={"litestream_socket": "litestream.sock", "timeout_seconds": PATIENCE}, **settings)

    def start(self, *options):
        if self.litestream is None:
            # It runs only after the promotion, and with a new replica path.
            self.litestream = Litestream(self.folder.name, f"{self.folder.name}/sdk.db", self.store.url(self.new_name))
            self.config.write_text(self.config.read_text().replace("litestream.sock", str(self.litestream.socket)))
            self.follow()
            options = ("--standby",)
        super().start(*options)

    @property
    def database(self):
        return self.litestream.database

    def follow(self):
        self.follower = self.litestream.spawn(
            "restore", "-f", "-follow-interval", "200ms", "-o", self.database, self.store.url(self.name))
        for _ in range(1500):
            if pathlib.Path(f"{self.database}-txid").exists():
                return
            time.sleep(0.02)
        raise RuntimeError(f"Litestream does not follow: {self.litestream.log.read_text()}")

    def stop_following(self):
        self.follower.kill()
        self.follower.wait()

    def promote(self, *options):
        return subprocess.run([BINARY, "promote", str(self.process.pid), "--config", self.config, *options],
                              capture_output=True, text=True, timeout=60)

    def end(self):
        if self.follower.poll() is None:
            self.stop_following()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.litestream.kill()
        if not self.log.closed:
            self.log.close()
        self.folder.cleanup()
