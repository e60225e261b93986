"""Runs schemathesis. It sends requests that the served OpenAPI document allows and forbids, and checks every answer."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from server import Server

HERE = pathlib.Path(__file__).parent


def setUpModule():
    global server
    # schemathesis sends hundreds of requests per second with one key.
    server = Server(rate_limits={"requests_per_minute": 0, "backfill_per_second": 0})
    unittest.addModuleCleanup(server.stop)


class OpenAPITest(unittest.TestCase):
    def setUp(self):
        self.key = server.key("status_page_publisher", "manage_settings", "api_keys_manage", "subscribers_manage")
        folder = tempfile.TemporaryDirectory(prefix="allclear-schemathesis-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("schemathesis.toml", "schemathesis_hooks.py"):
            shutil.copy(HERE / name, self.folder)

    def test_answers_match_openapi(self):
        ids = self.make_things()
        for name, values in ids.items():
            (self.folder / f"{name}.dict").write_text("".join(f'"{value}"\n' for value in values))
        self.write_document(ids)
        report = self.run_schemathesis()
        total, tested = report["operations"]["total"], report["operations"]["tested"]
        cases, failures = report["test_cases"]["generated"], report["test_cases"]["unique_failures"]
        print(f"schemathesis: {tested} of {total} operations, {cases} cases, {failures} failures", file=sys.stderr)
        self.assertEqual(tested, total)
        self.assertEqual(total, self.count_operations())
        self.assertGreater(cases, 1000)
        self.assertEqual((failures, report["errors"]), (0, []), self.output)
        self.assertEqual(report["exit_code"], 0, self.output)

    def run_schemathesis(self):
        path = self.folder / "report.json"
        command = [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "--config-file", str(self.folder / "schemathesis.toml"),
            "run", str(self.folder / "openapi.json"), "--url", server.url,
            "--report", "json", "--report-json-path", str(path),
        ]
        environment = {**os.environ, "ALLCLEAR_TEST_KEY": self.key, "ALLCLEAR_TEST_KEY_ID": self.key_id, "PYTHONPATH": str(self.folder)}
        process = subprocess.run(
            command, cwd=self.folder, env=environment, timeout=300, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.output = process.stdout
        self.assertTrue(path.exists(), self.output)
        return json.loads(path.read_text())

    def write_document(self, ids):
        """Writes the served document to a file, with the ids of existing things as examples.

        Requests with made-up ids would only get 404. The document is in a file, because schemathesis leaves out the
        operation that serves the document if it gets a URL.
        """
        document = self.call("GET", "/v1/openapiV3.json")
        text = json.dumps(document)
        for path, name, kind in (
            ("/v2/status_pages/{status_page_id}", "status_page_id", "pages"),
            ("/v2/status_page_components/{id}", "id", "components"),
            ("/v1/api_keys/{id}", "id", "keys"),
            ("/v2/status_page_incidents/{status_page_incident_id}", "status_page_incident_id", "incidents"),
            ("/v2/status_page_incident_updates/{id}", "id", "incident_updates"),
            ("/v2/status_page_maintenances/{status_page_maintenance_id}", "status_page_maintenance_id", "maintenances"),
            ("/v2/status_page_maintenance_updates/{id}", "id", "maintenance_updates"),
            ("/v2/status_page_subscribers/{id}", "id", "subscribers"),
            ("/v2/status_page_deliveries/{id}", "id", "deliveries"),
        ):
            operation = next(iter(document["paths"][path].values()))
            example = next(item for item in operation["parameters"] if item["name"] == name)
            text = text.replace(example["example"], ids[kind][0])
        (self.folder / "openapi.json").write_text(text)

    def make_things(self):
        """Creates things to read and change, and returns their ids."""
        page = self.call("GET", "/v2/status_pages")["status_pages"][0]["id"]
        components = [item["id"] for item in self.call("GET", "/v2/status_page_components")["status_page_components"]]
        common = {"status_page_id": page, "message": "News.", "notify_subscribers": False}
        incidents, maintenances = [], []
        incident_updates, maintenance_updates = [], []
        for number in range(3):
            body = {**common, "name": f"{number}", "idempotency_key": f"seed-{number}"}
            incident = self.call("POST", "/v2/status_page_incidents", {**body, "incident_status": "identified"})
            incidents.append(incident["status_page_incident"]["id"])
            incident_updates.append(incident["status_page_incident"]["updates"][0]["id"])
            maintenance = self.call("POST", "/v2/status_page_maintenances", {
                **body, "maintenance_status": "maintenance_scheduled", "affected_component_ids": components[:1],
                "start_at": "2990-01-01T00:00:00Z", "end_at": "2990-01-02T00:00:00Z"})
            maintenances.append(maintenance["status_page_maintenance"]["id"])
            maintenance_updates.append(maintenance["status_page_maintenance"]["updates"][0]["id"])
            self.call("POST", "/v2/status_page_components", {"name": f"{number}"})
        made = [item["id"] for item in self.call("GET", "/v2/status_page_components")["status_page_components"]]
        subscribers, deliveries = [], []
        for number in range(3):
            subscriber = self.call("POST", "/v2/status_page_subscribers", {
                "status_page_id": page, "channel": "webhook", "url": f"https://hooks.example/{number}"})
            subscribers.append(subscriber["status_page_subscriber"]["id"])
            test = self.call("POST", f"/v2/status_page_subscribers/{subscribers[-1]}/actions/test")
            deliveries.append(test["status_page_delivery"]["id"])
        self.key_id = self.call("GET", "/v1/api_keys")["api_keys"][0]["id"]
        keys = [self.call("POST", "/v1/api_keys", {
            "name": f"{number}", "role_names": [], "team_ids": [], "team_role_names": []})["api_key"]["id"]
            for number in range(3)]
        return {
            "pages": [page], "slugs": ["acme", "partners"], "components": made, "keys": keys, "incidents": incidents, "maintenances": maintenances,
            "incident_updates": incident_updates, "maintenance_updates": maintenance_updates,
            "subscribers": subscribers, "deliveries": deliveries,
            "things": made + keys + incident_updates + maintenance_updates + subscribers + deliveries}

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(server.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def count_operations(self):
        return sum(len(item) for item in self.call("GET", "/v1/openapiV3.json")["paths"].values())
