"""Tests the documents in Statuspage's format with programs that read Statuspage.

Two clients are real: arez and statuscheck, from PyPI. For programs in other languages, this file repeats their checks.
"""

import asyncio
import datetime
import json
import unittest
import urllib.error
import urllib.parse
import urllib.request

import arez.statuspage
from statuscheck.services.bases._statuspageio import BaseStatusPageAPI

from server import Server

PAGES = [{
    "slug": "acme",
    "name": "Acme Status",
    "structure": [
        {"component": {"key": "website", "name": "Website", "description": "The shop"}},
        {"group": {"key": "eu", "name": "EU", "components": [
            {"key": "login", "name": "Login"}, {"key": "search", "name": "Search"},
            {"key": "secret", "name": "Secret", "hidden": True}]}},
        {"sub_page": {"key": "uk", "name": "UK", "items": [{"component": {"key": "pay", "name": "Payments"}}]}},
    ],
}, {"slug": "quiet", "name": "Quiet"}]


def setUpModule():
    global server, token, ids
    server = Server(pages=PAGES)
    unittest.addModuleCleanup(server.stop)
    token = server.key("status_page_publisher")
    ids = component_ids()
    publish()


def component_ids():
    """The ids of the components of the first page, by name."""
    page = server.call("GET", "/v2/status_pages", token=token)["status_pages"][0]["id"]
    structure = server.call("GET", f"/v2/status_page_structures/{page}", token=token)
    found = {"page": page}

    def add(items):
        for item in items:
            components = [item["component"]] if item.get("component") else (item.get("group") or {}).get("components", [])
            found.update({component["name"]: component["component_id"] for component in components})
            add((item.get("sub_page") or {}).get("items", []))

    add(structure["current_structure"]["items"])
    return found


def moment(minutes):
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return time.isoformat(timespec="seconds")


def post(path, **body):
    return server.call("POST", path, {
        "message": "We are **looking into it**.", "notify_subscribers": False, **body}, token)


def declare(name, statuses):
    return post(
        "/v2/status_page_incidents", status_page_id=ids["page"], name=name, idempotency_key=name,
        incident_status="investigating", component_statuses=[
            {"component_id": ids[component], "component_status": status} for component, status in statuses.items()],
    )["status_page_incident"]["id"]


def update(incident, status):
    post("/v2/status_page_incident_updates", status_page_incident_id=incident, incident_status=status)


def plan(name, status, components, start, end):
    post(
        "/v2/status_page_maintenances", status_page_id=ids["page"], name=name, idempotency_key=name,
        maintenance_status=status, start_at=moment(start), end_at=moment(end),
        affected_component_ids=[ids[component] for component in components])


def publish():
    """An incident that is over, an ongoing one, a maintenance in progress and a scheduled one."""
    over = declare("Search was slow", {"Search": "degraded_performance"})
    update(over, "monitoring")
    update(over, "resolved")
    update(declare("Login fails", {"Login": "partial_outage", "Secret": "full_outage"}), "identified")
    plan("Move the shop", "maintenance_in_progress", ["Website"], -10, 60)
    plan("Upgrade payments", "maintenance_scheduled", ["Payments"], 600, 660)


def read(path, page="/acme"):
    """A document, without redirects or errors."""
    with urllib.request.urlopen(f"{server.url}{page}/api/v2/{path}", timeout=30) as response:
        assert response.headers["Content-Type"].startswith("application/json")
        return json.load(response)


class ArezTest(unittest.TestCase):
    def status(self, page):
        async def get():
            async with arez.statuspage.StatusPage(server.url + page) as client:
                return await client.get_status()
        return asyncio.run(get())

    def test_client_reads_page(self):
        status = self.status("/acme")
        self.assertEqual((status.status, status.impact), ("Minor Service Outage", "Minor"))
        self.assertEqual([component.name for component in status.components], ["Website", "Login", "Search", "Payments"])
        self.assertEqual([group.name for group in status.groups], ["EU"])
        group = status.group("EU")
        self.assertEqual([component.name for component in group.components], ["Login", "Search"])
        self.assertEqual(group.status, "Partial Outage")
        login = status.component("Login")
        self.assertIs(login.group, group)
        self.assertEqual(login.status, "Partial Outage")
        self.assertEqual(status.component("Website").status, "Under Maintenance")

        [incident] = status.incidents
        self.assertEqual((incident.name, incident.status, incident.impact), ("Login fails", "Identified", "Major"))
        self.assertEqual(incident.components, [login])
        self.assertEqual(login.incidents, [incident])
        self.assertEqual([one.status for one in incident.updates], ["Identified", "Investigating"])
        self.assertEqual(incident.last_update.description, "We are **looking into it**.")

        active, planned = status.maintenances
        self.assertEqual((active.name, active.status), ("Move the shop", "In Progress"))
        self.assertEqual((planned.name, planned.status), ("Upgrade payments", "Scheduled"))
        self.assertEqual(planned.scheduled_until - planned.scheduled_for, datetime.timedelta(hours=1))
        self.assertEqual([component.name for component in planned.components], ["Payments"])
        self.assertEqual(planned.last_update.status, "Scheduled")

    def test_client_reads_sub_page(self):
        status = self.status("/acme/uk")
        self.assertEqual((status.status, status.impact), ("All Systems Operational", "None"))
        self.assertEqual([component.name for component in status.components], ["Payments"])
        self.assertEqual([one.name for one in status.maintenances], ["Upgrade payments"])

    def test_client_reads_empty_page(self):
        status = self.status("/quiet")
        self.assertEqual((status.name, status.status), ("Quiet", "All Systems Operational"))
        self.assertEqual((status.components, status.incidents, status.maintenances), ([], [], []))


class StatuscheckTest(unittest.TestCase):
    def summary(self, page):
        class Service(BaseStatusPageAPI):
            def _get_base_url(self):
                return f"{server.url}{page}/api/v2/"
        return Service().get_summary()

    def test_client_reads_page(self):
        summary = self.summary("/acme")
        self.assertEqual((summary.status.code, summary.status.name), ("minor", "Minor incident"))
        self.assertFalse(summary.status.is_ok)
        self.assertEqual({component.name: component.status for component in summary.components}, {
            "Website": "Under maintenance", "EU": "Partial outage", "Login": "Partial outage",
            "Search": "Operational", "Payments": "Operational"})
        self.assertEqual([(event.name, event.status) for event in summary.incidents], [
            ("Login fails", "identified"), ("Move the shop", "in_progress"), ("Upgrade payments", "scheduled")])
        self.assertEqual([one.name for one in summary.incidents[0].components], ["Login"])

    def test_client_reads_empty_page(self):
        summary = self.summary("/quiet")
        self.assertTrue(summary.status.is_ok)
        self.assertEqual((summary.components, summary.incidents), ([], []))


class CheckedLikeOtherPrograms(unittest.TestCase):
    def assertTime(self, text):
        """A time with an offset, in the form that JavaScript's `zod` and other strict readers require."""
        self.assertRegex(text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertIsNotNone(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))

    def assertURL(self, text):
        parts = urllib.parse.urlsplit(text)
        self.assertIn(parts.scheme, ("http", "https"))
        self.assertTrue(parts.hostname)

    def test_documents_suit_openstatus(self):
        """OpenStatus reads `status.json`, or the status from `summary.json`, and checks the page."""
        for page in ("/acme", "/acme/uk", "/quiet"):
            for path in ("status.json", "summary.json"):
                document = read(path, page)
                self.assertURL(document["page"]["url"])
                self.assertTime(document["page"]["updated_at"])
                self.assertTrue(document["page"]["id"] and document["page"]["name"])
                self.assertEqual(document["page"]["time_zone"], "Etc/UTC")
                # OpenStatus rejects `maintenance`, so these pages have another state.
                self.assertIn(document["status"]["indicator"], ("none", "minor", "major", "critical"))
                self.assertTrue(document["status"]["description"])

    def test_documents_suit_oneuptime(self):
        """OneUptime tries the path of incident.io's proxy first. After a 404 it reads Statuspage's documents."""
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.url}/proxy/acme", timeout=30)
        self.addCleanup(caught.exception.close)
        self.assertEqual(caught.exception.code, 404)
        self.assertTrue(read("status.json")["status"]["indicator"])
        components = read("components.json")["components"]
        self.assertEqual(
            {(one["name"], one["status"]) for one in components if not one["group"]},
            {("Website", "under_maintenance"), ("Login", "partial_outage"), ("Search", "operational"),
             ("Payments", "operational")})
        self.assertEqual([one["name"] for one in read("incidents/unresolved.json")["incidents"]], ["Login fails"])

    def test_documents_suit_ai_status_bar(self):
        """AI Status Bar lists incidents with their links."""
        for incident in read("summary.json")["incidents"] + read("incidents.json")["incidents"]:
            self.assertURL(incident["shortlink"])
            self.assertTrue(incident["shortlink"].endswith(f"/incidents/{incident['id']}"))
            self.assertTrue(incident["name"] and incident["status"])
            self.assertTime(incident["updated_at"])

    def test_documents_suit_aiwatch(self):
        """AIWatch measures incidents by their impact, start and end."""
        over, lasting = sorted(read("incidents.json")["incidents"], key=lambda one: one["started_at"])
        self.assertEqual((over["impact"], over["status"]), ("minor", "resolved"))
        self.assertEqual((lasting["impact"], lasting["resolved_at"]), ("major", None))
        self.assertGreaterEqual(over["resolved_at"], over["started_at"])
        self.assertGreaterEqual(over["monitoring_at"], over["started_at"])
        for incident in (over, lasting):
            self.assertTime(incident["started_at"])
            for update in incident["incident_updates"]:
                self.assertTime(update["created_at"])
                self.assertEqual(update["incident_id"], incident["id"])

    def test_lists_and_single_documents_agree(self):
        newest, oldest = read("incidents.json")["incidents"]
        self.assertEqual([newest["name"], oldest["name"]], ["Login fails", "Search was slow"])
        self.assertEqual(read(f"incidents/{oldest['id']}.json")["incident"], oldest)
        for path, names in (
            ("scheduled-maintenances.json", ["Upgrade payments", "Move the shop"]),
            ("scheduled-maintenances/upcoming.json", ["Upgrade payments"]),
            ("scheduled-maintenances/active.json", ["Move the shop"]),
        ):
            maintenances = read(path)["scheduled_maintenances"]
            self.assertEqual([one["name"] for one in maintenances], names)
            for one in maintenances:
                self.assertTime(one["scheduled_for"])
                self.assertLess(one["scheduled_for"], one["scheduled_until"])

    def test_unknown_incident_gets_404(self):
        for page in ("/acme", "/nobody"):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                read("incidents/01ARZ3NDEKTSV4RRFFQ69G5FAV.json", page)
            self.addCleanup(caught.exception.close)
            self.assertEqual(caught.exception.code, 404)
            self.assertEqual(json.load(caught.exception)["type"], "not_found")

    def test_no_document_has_hidden_components(self):
        incidents = [one["id"] for one in read("incidents.json")["incidents"]]
        for path in ("summary.json", "components.json", "incidents.json", *(f"incidents/{one}.json" for one in incidents)):
            text = json.dumps(read(path))
            self.assertNotIn("Secret", text)
            self.assertNotIn(ids["Secret"], text)


if __name__ == "__main__":
    unittest.main()
