"""Tests the documents: their links, the commands of the runbook, and the examples of the configuration."""

import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

import certificates
from server import BINARY, ROOT, Server

DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))


def without_code(text):
    """The text without its code blocks, in which a line may begin with # and brackets are not links."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text):
    """The anchors of a document's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", without_code(text), re.MULTILINE):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        number = 0
        while (numbered := anchor if number == 0 else f"{anchor}-{number}") in found:
            number += 1
        found.add(numbered)
    return found


class LinkTests(unittest.TestCase):
    def test_links_have_targets(self):
        count = 0
        for document in DOCUMENTS:
            text = without_code(document.read_text())
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                with self.subTest(document=document.name, link=target):
                    path, _, anchor = target.partition("#")
                    file = document.parent / path if path else document
                    self.assertTrue(file.exists(), "there is no such file")
                    if anchor:
                        self.assertIn(anchor, anchors(file.read_text()))
        self.assertGreater(count, 50)

    def test_readme_length(self):
        self.assertLessEqual(len((ROOT / "README.md").read_text().splitlines()), 150)

    def test_readme_links_every_document(self):
        readme = (ROOT / "README.md").read_text()
        for document in DOCUMENTS[1:]:
            self.assertIn(f"]({document.relative_to(ROOT)}", readme)


class RunbookTests(unittest.TestCase):
    def test_commands_work_in_order(self):
        text = (ROOT / "docs" / "runbook.md").read_text()
        script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
        with tempfile.TemporaryDirectory(prefix="allclear-test-") as folder:
            # For the commands that run while the server runs.
            pathlib.Path(folder, "allclear").symlink_to(BINARY)
            # The demo page, and a relay, so that addresses can be added.
            pathlib.Path(folder, "config.json").write_text(json.dumps({
                "mail": {"host": "127.0.0.1", "port": 9, "tls": "none", "from": "status@acme.example"},
                "pages": [{"slug": "demo", "name": "Demo Status", "structure": [
                    {"component": {"key": "website", "name": "Website"}},
                    {"group": {"key": "services", "name": "Services", "components": [{"key": "api", "name": "API"}, {"key": "login", "name": "Login"}]}}]}]}))
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
            process = subprocess.Popen(
                [BINARY, "serve", "--first-key"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**environment, "ALLCLEAR_LISTEN": "127.0.0.1:0"})
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.terminate)
            banner = ""
            patterns = {"URL=http://127.0.0.1:8080\n": r"http://127\.0\.0\.1:\d+", "KEY=allclear_...\n": r"allclear_\w{20,}"}
            while not all(re.search(pattern, banner) for pattern in patterns.values()):
                line = process.stdout.readline()
                self.assertTrue(line, banner)
                banner += line
            for shown, pattern in patterns.items():
                self.assertEqual(script.count(shown), 1)
                script = script.replace(shown, f"{shown.partition('=')[0]}={re.search(pattern, banner)[0]}\n")
            # -e ends the script at the first command that fails.
            run = subprocess.run(
                ["bash", "-euxo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True,
                timeout=120)
            self.assertEqual(run.returncode, 0, f"{run.stderr}\n{run.stdout}")
        self.assertIn('"message":"A database runs out of connections."', run.stdout)
        self.assertIn('"incident_status":"resolved"', run.stdout)
        self.assertIn('"maintenance_status":"maintenance_complete"', run.stdout)
        self.assertIn('"name":"The website was down"', run.stdout)
        self.assertIn("imported 2, updated 0, skipped 0\n", run.stdout)
        self.assertIn("email,components\nkim@example.com,\nlee@example.com,website;api\n", run.stdout)
        self.assertRegex(run.stdout, r"  demo  quarantined\n")


class RouteTests(unittest.TestCase):
    def test_documented_routes_match_openapi(self):
        server = Server()
        self.addCleanup(server.stop)

        def nameless(path):
            return re.sub(r"/\{page\}|\{[^}]*\}|<page>", "{}", path)

        described = {(method.upper(), nameless(path)) for path, item in
                     server.call("GET", "/v1/openapiV3.json")["paths"].items()
                     for method in item if method in ("get", "post", "put", "delete")}
        table = (ROOT / "docs" / "api.md").read_text().partition("\n## Routes\n")[2].partition("\n## ")[0]
        documented = set()
        for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
            # A cell names several routes in two ways: `GET`, `POST /path`, or `GET /path`, `GET /other`.
            methods = []
            for code in re.findall(r"`([^`]*)`", cell):
                method, _, path = code.partition(" ")
                methods.append(method)
                if path:
                    documented.update((method, nameless(path.partition("?")[0])) for method in methods)
                    methods = []
        # The addresses of widgets are not in the document.
        documented -= {("GET", "{}/api/v1/summary"), ("GET", "{}/api/v1/stream")}
        self.assertEqual(documented, described)


class ConfigurationTests(unittest.TestCase):
    """Checks that each example in docs/configuration.md is valid, as part of a file or as an item of a page."""

    def check(self, configuration):
        with tempfile.TemporaryDirectory(prefix="allclear-test-") as folder:
            for name, domain in (("tls", "localhost"), ("status", "status.acme.example")):
                certificates.make(folder, name, domain)
            for name in ("logo.svg", "logo-dark.svg"):
                pathlib.Path(folder, name).write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
            # Width and height are part of the header.
            header = struct.pack(">I4sIIBBBBB", 13, b"IHDR", 16, 16, 8, 6, 0, 0, 0)
            pathlib.Path(folder, "favicon.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header)
            pathlib.Path(folder, "mail-password").write_text("secret")
            file = pathlib.Path(folder) / "config.json"
            file.write_text(configuration.replace("/etc/allclear/", f"{folder}/"))
            return subprocess.run(
                [BINARY, "check", "--config", file], cwd=folder, capture_output=True, text=True, timeout=60)

    def test_examples_are_valid(self):
        text = (ROOT / "docs" / "configuration.md").read_text()
        examples = re.findall(r"^```json\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        self.assertGreater(len(examples), 10)
        for example in examples:
            with self.subTest(example):
                if example.startswith("{"):
                    example = f'"pages": [{{"slug": "acme", "name": "Acme", "structure": [{example}]}}]'
                members = json.loads(f"{{{example}}}")
                # TLS for a page needs an address with TLS.
                extra = {"pages": [], "listen": [{"address": "127.0.0.1:8443", "tls": {
                    "certificate": "/etc/allclear/tls.crt", "key": "/etc/allclear/tls.key"}}]}
                run = self.check(json.dumps({**extra, **members}))
                self.assertEqual(run.returncode, 0, run.stderr)

    def test_every_key_is_documented(self):
        """Checks that docs/configuration.md has each name that the readers of the configuration ask for, as code."""
        text = (ROOT / "docs" / "configuration.md").read_text()
        names = set()
        for file in sorted((ROOT / "Sources" / "allclear" / "Configuration").glob("*Reader.swift")):
            calls = r'(?:strings?|stringsOrObjects|bool|integer|choice|objects?|required|key|path|colour|file|link|list|parsed|waits)\(\s*"([a-z_]+)"'
            names.update(re.findall(calls + r'|(?:set|read)\(\\\.\w+, "([a-z_]+)"', file.read_text()))
        names = {name for pair in names for name in pair if name}
        self.assertGreater(len(names), 50)
        for name in sorted(names):
            with self.subTest(name):
                self.assertRegex(text, rf"`(?:\w+\.)?{name}`|\"{name}\"")


if __name__ == "__main__":
    unittest.main()
