"""Runs the built server for the tests, each time on a new database."""

import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Absolute, because some tests run it in another directory.
BINARY = os.path.abspath(os.environ.get("ALLCLEAR_BINARY", ROOT / ".build" / "debug" / "allclear"))

PAGES = [
    {
        "slug": "acme",
        "name": "Acme Status",
        "description": "How Acme is doing",
        "domain": "status.acme.example",
        "structure": [
            {"component": {"key": "website", "name": "Website"}},
            {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}},
            {"sub_page": {"key": "uk", "name": "UK", "items": [{"component": {"key": "pay", "name": "Payments"}}]}},
        ],
    },
    {"slug": "clients", "name": "Clients", "kind": "customer"},
    {"slug": "partners", "name": "Partners"},
]


def succeed(*command, **options):
    """Runs a command, which must succeed. If it fails, the error shows its output."""
    done = subprocess.run(command, **{"capture_output": True, "text": True, "timeout": 120} | options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stdout}{done.stderr}")
    return done


class Server:
    def __init__(self, **settings):
        """Starts a server. `settings` are added to the configuration that every test needs."""
        self.folder = tempfile.TemporaryDirectory(prefix="allclear-test-")
        folder = pathlib.Path(self.folder.name)
        self.config = folder / "config.json"
        self.config.write_text(json.dumps({
            "listen": "127.0.0.1:0",
            "public_url": "http://status.test",
            "database": str(folder / "sdk.db"),
            "pages": PAGES,
            **settings,
        }))
        try:
            self.start()
        except RuntimeError:
            self.log.close()
            self.folder.cleanup()
            raise

    def start(self, *options):
        """Starts the server for the first time, or again after `terminate`."""
        self.log = tempfile.NamedTemporaryFile("w+", dir=self.folder.name, prefix="log-", delete=False)
        self.process = self.spawn([BINARY, "serve", "--config", str(self.config), *options])
        self.url = f"http://{self._address()}"

    def spawn(self, command):
        return subprocess.Popen(command, stderr=self.log)

    def take_over(self):
        """Starts a successor with the same configuration and database. The caller must terminate both servers."""
        other = copy.copy(self)
        other.start("--take-over")
        return other

    def _address(self):
        """The first address in the log. The system chooses the port."""
        self.until(lambda: re.search(r"listening address=", self.log_text()))
        return re.search(r'listening address="?([^\s"]+)', self.log_text()).group(1)

    def log_text(self):
        """The log so far."""
        return pathlib.Path(self.log.name).read_text()

    def until(self, condition):
        """Waits until the condition returns a truthy value, and returns that value."""
        for _ in range(1500):
            if found := condition():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"the condition did not become true: {self.log_text()}")

    def until_logged(self, text):
        """Waits until the log has a text. A thread of the server writes the log, so lines may come after answers."""
        self.until(lambda: text in self.log_text())

    def key(self, *roles):
        """Creates a key, and returns its token."""
        command = [BINARY, "keys", "create", "--config", str(self.config), "--name", "sdk"]
        for role in roles:
            command += ["--role", role]
        return succeed(*command).stdout.strip()

    def call(self, method, path, body=None, token=None):
        """Sends a request, which must succeed, and returns the answer's JSON."""
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Bearer {token}"} if token else {})
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def stop(self):
        try:
            self.terminate()
        finally:
            self.folder.cleanup()

    def terminate(self):
        """Stops the server, and keeps its database."""
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"the server exited with {code}; its log: {self.log_text()[-10_000:]}")
