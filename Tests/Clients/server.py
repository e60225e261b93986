"""Runs the built server for the tests, on a database of its own."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ALLCLEAR_BINARY", str(ROOT / ".build" / "debug" / "allclear"))

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


class Server:
    def __init__(self, **settings):
        """Starts a server, with settings beside those that every test needs."""
        self.folder = tempfile.TemporaryDirectory(prefix="allclear-test-")
        folder = pathlib.Path(self.folder.name)
        self.config = folder / "config.json"
        self.config.write_text(json.dumps({
            "listen": "127.0.0.1:0",
            # Nobody takes over from it, so that stopping need not take its time.
            "http": {"hand_over_seconds": 0},
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

    def start(self):
        """Starts the server, which is new or was terminated."""
        self.log = open(pathlib.Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen([BINARY, "serve", "--config", str(self.config)], stderr=self.log)
        self.url = f"http://{self._address()}"

    def _address(self):
        """The address from the log: the port is the system's choice."""
        path = pathlib.Path(self.log.name)
        for _ in range(1000):
            if found := re.search(r"listening address=(\S+)", path.read_text()):
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"the server did not start: {path.read_text()}")

    def key(self, *roles):
        """The token of a new key."""
        command = [BINARY, "keys", "create", "--config", str(self.config), "--name", "sdk"]
        for role in roles:
            command += ["--role", role]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

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
        """Ends the server, and keeps its database."""
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"the server ended with {code}")
