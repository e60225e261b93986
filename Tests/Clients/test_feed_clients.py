"""Tests feeds, calendars and badges with feedparser and icalendar, as other programs use them."""

import calendar
import datetime
import json
import unittest
import urllib.error
import urllib.request
import xml.etree.ElementTree

import feedparser
import icalendar

from server import Server

HOSTILE = "a]]>b </title> & \"c\" <script>d</script> \u202e;,\\ 🚒"


def setUpModule():
    global server, key
    server = Server()
    unittest.addModuleCleanup(server.stop)
    key = server.key("status_page_publisher")


def page_id(name):
    pages = server.call("GET", "/v2/status_pages", token=key)["status_pages"]
    return next(page["id"] for page in pages if page["name"] == name)


def component(name):
    """The id of a component of the first page."""
    structure = server.call("GET", f"/v2/status_page_structures/{page_id('Acme Status')}", token=key)
    found = {}
    for item in structure["current_structure"]["items"]:
        if "component" in item:
            found[item["component"]["name"]] = item["component"]["component_id"]
        for one in item.get("group", {}).get("components", []):
            found[one["name"]] = one["component_id"]
    return found[name]


def declare(idempotency_key, page="Acme Status", **others):
    return server.call("POST", "/v2/status_page_incidents", {
        "status_page_id": page_id(page), "name": "Login fails", "incident_status": "investigating",
        "message": "We are **looking into it**.", "idempotency_key": idempotency_key, "notify_subscribers": False,
        **others}, token=key)["status_page_incident"]


def schedule(idempotency_key, **others):
    start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return server.call("POST", "/v2/status_page_maintenances", {
        "status_page_id": page_id("Acme Status"), "name": "New disks", "maintenance_status": "maintenance_scheduled",
        "message": "Soon.", "idempotency_key": idempotency_key, "notify_subscribers": False,
        "automate_maintenance_status": False, "start_at": start.isoformat(),
        "end_at": (start + datetime.timedelta(hours=1)).isoformat(), "affected_component_ids": [component("Login")],
        **others}, token=key)["status_page_maintenance"]


def read(path, page="acme"):
    """The answer's content type and body."""
    with urllib.request.urlopen(f"{server.url}/{page}{path}", timeout=30) as response:
        return response.headers["Content-Type"], response.read()


class FeedsTest(unittest.TestCase):
    def parsed(self, path, page="acme"):
        content_type, body = read(path, page)
        feed = feedparser.parse(body, response_headers={"content-type": content_type})
        self.assertFalse(feed.bozo, feed.get("bozo_exception"))
        return feed

    def test_every_feed_has_incident(self):
        incident = declare("feeds", name="Feeds fail")
        url = f"https://status.acme.example/incidents/{incident['id']}"
        published = datetime.datetime.fromisoformat(incident["published_at"])
        for path, version in (("/feed.rss", "rss20"), ("/history.rss", "rss20"), ("/feed.atom", "atom10"),
                              ("/history.atom", "atom10")):
            with self.subTest(path):
                feed = self.parsed(path)
                self.assertEqual(feed.version, version)
                self.assertEqual(feed.feed.title, "Acme Status")
                entry = next(entry for entry in feed.entries if entry.title == "Feeds fail")
                self.assertEqual(entry.link, url)
                self.assertRegex(entry.id, r"^urn:uuid:[0-9a-f-]{36}$")
                # Another incident of the same second may have moved the date in RSS.
                self.assertLess(abs(calendar.timegm(entry.published_parsed) - published.timestamp()), 30)

        # feedparser does not read JSON Feed.
        content_type, body = read("/feed.json")
        self.assertEqual(content_type, "application/feed+json")
        item = next(item for item in json.loads(body)["items"] if item["title"] == "Feeds fail")
        self.assertEqual((item["id"], item["url"]), (entry.id, url))
        self.assertTrue(item["content_html"].startswith("<b>Status: Investigating</b><br/>"), item)

    def test_both_names_return_same_feed(self):
        declare("names")
        self.assertEqual(read("/feed.rss"), read("/history.rss"))
        self.assertEqual(read("/feed.atom"), read("/history.atom"))

    def test_hostile_texts_are_escaped(self):
        declare("hostile", name=HOSTILE, message=HOSTILE)
        for path in ("/feed.rss", "/feed.atom"):
            with self.subTest(path):
                entry = next(entry for entry in self.parsed(path).entries if entry.title == HOSTILE)
                body = entry.content[0].value if "content" in entry else entry.summary
                self.assertIn("&lt;script&gt;d&lt;/script&gt;", body)

    def test_feed_shows_update_at_once(self):
        incident = declare("update", name="Soon resolved")
        server.call("POST", "/v2/status_page_incident_updates", {
            "status_page_incident_id": incident["id"], "incident_status": "resolved", "message": "Done.",
            "notify_subscribers": False}, token=key)
        entry = next(entry for entry in self.parsed("/feed.rss").entries if entry.title == "Soon resolved")
        self.assertIn("resolved", [tag.term for tag in entry.tags])
        self.assertRegex(entry.summary, r"^<b>Status: Resolved</b>.*?<strong>Resolved</strong> - Done\.")

    def test_dates_in_rss_differ(self):
        for number in range(3):
            declare(f"dates {number}")
        dates = [entry.published_parsed for entry in self.parsed("/feed.rss").entries]
        self.assertEqual(dates, sorted(set(dates), reverse=True))

    def test_empty_feed_is_valid(self):
        for path in ("/feed.rss", "/feed.atom"):
            feed = self.parsed(path, "partners")
            self.assertEqual(feed.entries, [])
            self.assertIsNotNone(feed.feed.updated_parsed)

    def test_sub_page_has_its_own_feed(self):
        self.assertEqual(self.parsed("/uk/feed.atom").feed.title, "UK")


class CalendarTest(unittest.TestCase):
    def parsed(self, path, page="acme"):
        content_type, body = read(path, page)
        self.assertEqual(content_type, "text/calendar; charset=utf-8")
        parsed = icalendar.Calendar.from_ical(body)
        self.assertEqual(parsed.errors, [])
        for event in parsed.events:
            self.assertEqual(event.errors, [])
        return parsed

    def test_calendar_has_maintenance(self):
        start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
        end = start + datetime.timedelta(hours=1)
        maintenance = schedule("calendar", name=HOSTILE, start_at=start.isoformat(), end_at=end.isoformat())
        one = self.parsed(f"/maintenances/{maintenance['id']}.ics")
        self.assertEqual(one["X-WR-CALNAME"], "Acme Status")
        self.assertEqual(one["REFRESH-INTERVAL"].dt, datetime.timedelta(hours=1))
        [event] = one.events
        for path in ("/maintenances.ics", f"/maintenances/{maintenance['id']}.ics"):
            found = [other for other in self.parsed(path).events if other["UID"] == event["UID"]]
            self.assertEqual([other.to_ical() for other in found], [event.to_ical()])
        self.assertEqual(event["SUMMARY"], HOSTILE)
        self.assertEqual(event.start, start.replace(microsecond=0))
        self.assertEqual(event.end - event.start, datetime.timedelta(hours=1))
        self.assertIn("- Login (Operational)", event["DESCRIPTION"])
        self.assertEqual(event["DTSTAMP"].dt, event["LAST-MODIFIED"].dt)

    def test_calendar_drops_deleted_maintenance(self):
        maintenance = schedule("deleted", name="Called off")
        request = urllib.request.Request(
            f"{server.url}/v2/status_page_maintenances/{maintenance['id']}", method="DELETE",
            headers={"Authorization": f"Bearer {key}"})
        urllib.request.urlopen(request, timeout=30).close()
        self.assertNotIn("Called off", [str(event["SUMMARY"]) for event in self.parsed("/maintenances.ics").events])

    def test_empty_calendar_is_valid(self):
        self.assertEqual(self.parsed("/maintenances.ics", "partners").events, [])


class BadgesTest(unittest.TestCase):
    def test_page_badge_shows_state(self):
        content_type, body = read("/badge.json", "partners")
        self.assertTrue(content_type.startswith("application/json"), content_type)
        self.assertEqual(json.loads(body), {
            "schemaVersion": 1, "label": "Partners", "message": "operational", "color": "brightgreen"})
        content_type, body = read("/badge.svg?label=API", "partners")
        self.assertTrue(content_type.startswith("image/svg+xml"), content_type)
        svg = xml.etree.ElementTree.fromstring(body)
        self.assertEqual(svg[0].text, "API: operational")

    def test_component_badge_shows_status(self):
        website = component("Website")
        declare("badge", component_statuses=[{"component_id": website, "component_status": "partial_outage"}])
        self.assertEqual(json.loads(read(f"/badge/{website}.json")[1]), {
            "schemaVersion": 1, "label": "Website", "message": "partial outage", "color": "orange"})
        svg = xml.etree.ElementTree.fromstring(read(f"/badge/{website}.svg")[1])
        self.assertEqual(svg[0].text, "Website: partial outage")

    def test_unknown_component_has_no_badge(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            read("/badge/01ARZ3NDEKTSV4RRFFQ69G5FAV.svg")
        self.assertEqual(caught.exception.code, 404)
        caught.exception.close()


if __name__ == "__main__":
    unittest.main()
