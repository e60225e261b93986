"""Tests that a running server acts on what `allclear subscribers` and `allclear deliveries` write to its database."""

import json
import pathlib
import subprocess
import unittest

import hooksink
import mailsink
from publishing import Publisher
from server import BINARY, Server


class SubscribersCommandTest(unittest.TestCase):
    def setUp(self):
        self.mails, self.hooks = mailsink.Sink(), hooksink.Sink()
        self.enterContext(self.mails)
        self.enterContext(self.hooks)
        self.server = Server(
            mail={"host": "127.0.0.1", "port": self.mails.port, "tls": "none", "from": "status@acme.example"},
            webhooks={"https_only": False, "allowed_networks": ["127.0.0.0/8"]})
        self.addCleanup(self.server.stop)
        self.publisher = Publisher(self.server)

    def run_command(self, *arguments):
        run = subprocess.run(
            [BINARY, *arguments, "--config", str(self.server.config)], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def declare(self, name):
        return self.publisher.post(
            "status_page_incidents", status_page_id=self.publisher.pages["Acme Status"], name=name, message="m",
            incident_status="investigating", notify_subscribers=True, idempotency_key=name)["status_page_incident"]["id"]

    def listed(self, **filters):
        options = [word for name, value in filters.items() for word in (f"--{name}", value)]
        return json.loads(self.run_command("deliveries", "list", "--page", "acme", "--json", *options))

    def test_imported_addresses_are_asked_to_confirm(self):
        file = pathlib.Path(self.server.folder.name, "people.csv")
        file.write_text("email,components\njo@example.com,login\nkim@example.com,\n")
        self.run_command("subscribers", "import", str(file), "--page", "acme")
        self.server.until(lambda: len(self.mails.mails) == 2)
        self.assertEqual({mail.recipient for mail in self.mails.mails}, {"jo@example.com", "kim@example.com"})
        self.assertIn("Confirm", self.mails.mails[0].message["Subject"])

    def test_pausing_holds_updates_back(self):
        secret = self.run_command(
            "subscribers", "add", f"{self.hooks.url}/hook", "--page", "acme", "--channel", "webhook").strip()
        self.run_command("deliveries", "pause")
        incident = self.declare("Paused")
        self.server.until(lambda: self.listed(event=incident))
        # A confirmation is sent in any case, and after it the update still waits.
        self.run_command("subscribers", "add", "jo@example.com", "--page", "acme")
        self.server.until(lambda: self.mails.mails)
        self.assertEqual([delivery["state"] for delivery in self.listed(event=incident)], ["pending"])
        self.assertEqual(self.hooks.calls, [])
        self.run_command("deliveries", "resume")
        self.server.until(lambda: self.hooks.calls)
        [call] = self.hooks.calls
        self.assertEqual(
            call.verify(secret)["status_page_incident.update_shared_v1"]["status_page_incident"]["name"], "Paused")

    def test_failed_messages_are_retried(self):
        for name in ("a", "b", "c"):
            self.run_command("subscribers", "add", f"{name}@example.com", "--page", "acme", "--confirmed")
        self.mails.fail("RCPT", "550 5.7.1 blocked")
        incident = self.declare("Refused")
        failed = self.server.until(
            lambda: (found := self.listed(event=incident, state="failed")) and len(found) == 3 and found)
        self.assertEqual(failed[0]["last_response"]["code"], 550)
        self.assertEqual(self.mails.mails, [])
        self.mails.recover()
        self.assertEqual(self.run_command("deliveries", "retry", failed[0]["id"]), "retrying 1\n")
        self.server.until(lambda: len(self.mails.mails) == 1)
        self.server.until(lambda: len(self.listed(event=incident, state="sent")) == 1)
        since = ("--page", "acme", "--since", "2020-01-01T00:00:00Z")
        subscriber = failed[1]["status_page_subscriber_id"]
        for options in (("--subscriber", subscriber), ()):
            self.assertEqual(self.run_command("deliveries", "retry", *since, *options), "retrying 1\n")
        self.server.until(lambda: len(self.mails.mails) == 3)
        self.assertEqual({mail.recipient for mail in self.mails.mails}, {f"{name}@example.com" for name in "abc"})

    def test_removed_subscriber_is_not_notified(self):
        for name in ("stays", "goes"):
            self.run_command("subscribers", "add", f"{name}@example.com", "--page", "acme", "--confirmed")
        self.run_command("deliveries", "pause")
        incident = self.declare("Removed")
        self.server.until(lambda: len(self.listed(event=incident)) == 2)
        self.run_command("subscribers", "remove", "goes@example.com", "--page", "acme")
        self.run_command("deliveries", "resume")
        self.server.until(lambda: self.mails.mails)
        self.server.until(lambda: self.listed(event=incident)[0]["state"] == "sent")
        self.assertEqual([mail.recipient for mail in self.mails.mails], ["stays@example.com"])


if __name__ == "__main__":
    unittest.main()
