"""Tests readers that wait for a widget's changes, by long polling and by Server-Sent Events."""

import concurrent.futures
import http.client
import json
import unittest
import urllib.parse

from server import Server


def setUpModule():
    global server
    server = Server(live={"heartbeat_seconds": 1})
    unittest.addModuleCleanup(server.stop)


def connect(url=None):
    address = urllib.parse.urlsplit(url or server.url)
    return http.client.HTTPConnection(address.hostname, address.port, timeout=30)


class Stream:
    """A client that reads a stream event by event (HTML Living Standard, section 9.2.6)."""

    def __init__(self, path, url=None, **fields):
        self.connection = connect(url)
        self.connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in fields.items()})
        self.response = self.connection.getresponse()
        self.comments = 0

    def close(self):
        # The response also holds the socket.
        self.response.close()
        self.connection.close()

    def event(self):
        """The next event's id and document; None at the end of the stream."""
        event = {}
        while line := self.response.readline().decode():
            name, _, value = line.rstrip("\n").partition(":")
            if line == "\n" and "data" in event:
                assert event["event"] == "summary"
                return event["id"], json.loads(event["data"])
            if name == "" and line != "\n":
                self.comments += 1
            event[name] = value.removeprefix(" ")
        return None


def wait(path, tag, seconds=30):
    """Reads a widget, and waits until its tag differs from this one."""
    connection = connect()
    connection.request("GET", f"{path}?wait={seconds}", headers={"If-None-Match": tag})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.getheader("ETag"), json.loads(body) if body else None


class LiveTests(unittest.TestCase):
    def setUp(self):
        self.token = server.key("status_page_publisher")
        pages = server.call("GET", "/v2/status_pages", token=self.token)["status_pages"]
        self.page = next(page["id"] for page in pages if page["name"] == "Partners")

    def declare(self, name):
        created = server.call("POST", "/v2/status_page_incidents", {
            "status_page_id": self.page, "name": name, "incident_status": "investigating", "message": "We look.",
            "idempotency_key": f"{self.id()}-{name}", "notify_subscribers": False}, self.token)
        return created["status_page_incident"]["id"]

    def update(self, incident, message, status):
        server.call("POST", "/v2/status_page_incident_updates", {
            "status_page_incident_id": incident, "message": message, "incident_status": status,
            "notify_subscribers": False}, self.token)

    def test_stream_ends_with_newest_document(self):
        stream = Stream("/partners/api/v1/stream")
        self.addCleanup(stream.close)
        self.assertEqual(stream.response.status, 200)
        self.assertEqual(stream.response.getheader("Content-Type"), "text/event-stream")
        _, document = stream.event()
        self.assertEqual(document["ongoing_incidents"], [])
        incident = self.declare("Slow")
        tag, document = stream.event()
        self.assertEqual([one["name"] for one in document["ongoing_incidents"]], ["Slow"])
        for message in ["Line one\nline two", "Ünïcödé \u2028 data: id:"]:
            self.update(incident, message, "identified")
            tag, document = stream.event()
            self.assertEqual(document["ongoing_incidents"][0]["last_update_message"], message)
        self.assertEqual(document, server.call("GET", "/partners/api/v1/summary"))

        # A client that resumes with the newest document gets nothing until there is a newer one.
        resumed = Stream("/partners/api/v1/stream", Last_Event_ID=tag)
        self.addCleanup(resumed.close)
        self.update(incident, "Over.", "resolved")
        self.assertEqual(resumed.event()[1]["ongoing_incidents"], [])
        self.assertEqual(stream.event()[1]["ongoing_incidents"], [])

    def test_heartbeats_keep_stream_open(self):
        stream = Stream("/acme/uk/api/v1/stream")
        self.addCleanup(stream.close)
        self.assertEqual(stream.event()[1]["page_title"], "UK")
        for _ in range(3):
            while stream.response.readline() != b":\n":
                pass

    def test_long_polls_are_answered_with_the_change(self):
        connection = connect()
        connection.request("GET", "/partners/api/v1/summary")
        response = connection.getresponse()
        response.read()
        connection.close()
        tag = response.getheader("ETag")
        with concurrent.futures.ThreadPoolExecutor(20) as threads:
            waits = [threads.submit(wait, "/partners/api/v1/summary", tag) for _ in range(20)]
            incident = self.declare("Down")
            answers = [one.result() for one in waits]
        for status, new, document in answers:
            self.assertEqual(status, 200)
            self.assertNotEqual(new, tag)
            self.assertEqual(document["ongoing_incidents"][0]["id"], incident)
        status, same, document = wait("/partners/api/v1/summary", answers[0][1], seconds=1)
        self.assertEqual((status, same, document), (304, answers[0][1], None))
        self.update(incident, "Over.", "resolved")

    def test_long_polls_miss_no_document(self):
        """A reader always sees the writes that were answered before its request."""
        incident = self.declare("Counting")
        _, tag, document = wait("/partners/api/v1/summary", '"none"')
        for number in range(50):
            self.update(incident, str(number), "identified")
            status, tag, document = wait("/partners/api/v1/summary", tag)
            self.assertEqual(status, 200)
            self.assertEqual(document["ongoing_incidents"][0]["last_update_message"], str(number))
        self.update(incident, "Over.", "resolved")


if __name__ == "__main__":
    unittest.main()
