"""Tests that every subscriber gets every update once, whatever happens to the server, its disk or its relay."""

import collections
import contextlib
import email
import email.policy
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import hooksink
import mailsink
from publishing import Publisher
from server import Server, succeed
from test_proxy import free_port

SUBSCRIBERS = 500
#: How many emails may be sent twice after a kill: those whose outcome was not stored, and those under way.
MOST_TWICE = 100 + 4
PAGE = "https://status.acme.example"
ADDRESSES = [f"reader{number}@example.org" for number in range(SUBSCRIBERS)]


class DeliveryTests(unittest.TestCase):
    """Starts a server and a sink. The sink is slow enough that something can happen while emails are sent."""

    def serve(self, sink=None, *, mail=None, **settings):
        self.sink = sink or mailsink.Sink(delay=0.01)
        self.addCleanup(lambda: self.sink.stop())
        self.server = Server(
            public_url="https://status.test", rate_limits={"requests_per_minute": 0},
            mail={"host": "127.0.0.1", "port": self.sink.port, "tls": "none", "from": "status@acme.example",
                  **(mail or {})}, **settings)
        self.addCleanup(self.server.folder.cleanup)
        self.addCleanup(self.end, self.server)
        self.publisher = Publisher(self.server)
        self.page = self.publisher.pages["Acme Status"]
        self.manager = self.server.key("subscribers_manage")

    def end(self, server):
        if server.process.poll() is None:
            server.terminate()
        server.log.close()

    def subscribe(self, addresses=ADDRESSES):
        answer = self.server.call("POST", "/v2/status_page_subscribers/actions/import", {
            "status_page_id": self.page, "confirmed": True,
            "subscribers": [{"email": address} for address in addresses]}, self.manager)
        self.assertEqual((answer["imported"], answer["skipped"]), (len(addresses), []))

    def subscriber(self, address):
        query = urllib.parse.urlencode({"status_page_id": self.page, "email": address})
        [found] = self.get(f"status_page_subscribers?{query}")["status_page_subscribers"]
        return found

    def get(self, path):
        return self.server.call("GET", f"/v2/{path}", token=self.manager)

    def counts(self):
        """How many deliveries of the only notification there are in each state; none until all are made."""
        [notification] = self.get(f"status_page_notifications?status_page_id={self.page}")["status_page_notifications"]
        return notification["deliveries"] if notification.get("fanned_out_at") else {}

    def metric(self, name):
        with urllib.request.urlopen(f"{self.server.url}/metrics", timeout=30) as response:
            return float(re.search(rf"^{re.escape(name)} (\S+)$", response.read().decode(), re.M)[1])

    def until_sent(self, count):
        self.server.until(lambda: len(self.sink.mails) >= count)

    def until_done(self, **expected):
        """Waits until no delivery is pending. All must be sent, unless other numbers are given."""
        self.server.until(lambda: self.counts().get("pending") == 0)
        found = {state: number for state, number in self.counts().items() if number}
        self.assertEqual(found, expected or {"sent": SUBSCRIBERS})

    def copies(self):
        """How many emails the sink has for each recipient."""
        return collections.Counter(mail.recipient for mail in self.sink.mails)

    def check_each_got_one(self, addresses=ADDRESSES):
        self.assertEqual(self.copies(), dict.fromkeys(addresses, 1))


class StopTests(DeliveryTests):
    def setUp(self):
        self.serve()
        self.subscribe()
        self.publisher.declare(notify=True)

    def test_kill_loses_no_email_and_repeats_few(self):
        for at in (120, 260):
            self.until_sent(at)
            self.server.process.kill()
            self.server.process.wait()
            self.server.log.close()
            self.server.start()
        self.until_done()
        copies = self.copies()
        self.assertEqual(set(copies), set(ADDRESSES))
        self.assertLessEqual(sum(copies.values()) - SUBSCRIBERS, 2 * MOST_TWICE)
        contents = collections.defaultdict(set)
        for mail in self.sink.mails:
            contents[mail.recipient].add(mail.content)
        # A copy has the same bytes, and so the same Message-ID.
        self.assertEqual({len(found) for found in contents.values()}, {1})
        ids = {mail.message["Message-ID"] for mail in self.sink.mails}
        self.assertEqual(len(ids), SUBSCRIBERS)

    def test_termination_neither_loses_nor_repeats_emails(self):
        for at in (120, 260):
            self.until_sent(at)
            self.server.terminate()
            self.assertLess(len(self.sink.mails), SUBSCRIBERS)
            self.server.start()
        self.until_done()
        self.check_each_got_one()

    def test_reload_neither_loses_nor_repeats_emails(self):
        settings = json.loads(self.server.config.read_text())
        for at, connections in ((100, 1), (150, 8), (300, 4)):
            self.until_sent(at)
            settings["mail"]["max_connections"] = connections
            settings["mail"]["helo"] = f"host{connections}.example"
            self.server.config.write_text(json.dumps(settings))
            self.server.process.send_signal(signal.SIGHUP)
            self.server.until(lambda: f"EHLO host{connections}.example" in self.sink.commands)
        self.until_done()
        self.check_each_got_one()

    def test_successor_continues(self):
        current = self.server
        for at in (100, 250):
            self.until_sent(at)
            self.server = current.take_over()
            self.addCleanup(self.end, self.server)
            # Both run for a while, and only the first sends.
            sent = len(self.sink.mails)
            self.until_sent(sent + 20)
            current.terminate()
            self.assertLess(len(self.sink.mails), SUBSCRIBERS)
            current = self.server
        self.until_done()
        self.check_each_got_one()


class HandOverTests(DeliveryTests):
    def test_successor_sends_while_first_server_ends_its_requests(self):
        self.serve(mailsink.Sink())
        self.subscribe(ADDRESSES[:1])
        first = self.server
        # Waits until the first server delivers.
        first.until(lambda: self.metric("allclear_mail_relay_up") == 1)
        slow = socket.create_connection(urllib.parse.urlsplit(first.url).netloc.split(":"))
        self.addCleanup(slow.close)
        slow.sendall(b"POST /v2/status_page_incidents HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        self.assertIn(b" 100 ", slow.recv(100))
        self.server = first.take_over()
        self.addCleanup(self.end, self.server)
        first.process.terminate()
        first.until(lambda: "stopping" in first.log_text())
        # The server logs "stopping" before it stops.
        time.sleep(0.3)
        self.publisher.server = self.server
        self.publisher.declare(notify=True)
        self.until_sent(1)
        self.assertIsNone(first.process.poll())
        slow.sendall(b"x")
        self.assertIn(b" 401 ", slow.recv(100))
        self.assertEqual(first.process.wait(timeout=30), 0)
        self.until_done(sent=1)


class FullDiskTests(DeliveryTests):
    def setUp(self):
        disk = tempfile.TemporaryDirectory(prefix="allclear-disk-")
        self.addCleanup(disk.cleanup)
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.name]
        if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("only root can make a small file system")
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk.name], check=True)
        self.filler = pathlib.Path(disk.name) / "filler"
        # Sending the emails must take longer than filling the disk.
        self.serve(mailsink.Sink(delay=0.05), database=f"{disk.name}/sdk.db")
        self.subscribe()

    def fill(self):
        with self.filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def test_nothing_is_sent_that_cannot_be_recorded(self):
        self.publisher.declare(notify=True)
        self.until_sent(100)
        self.fill()
        sent = len(self.sink.mails)
        self.server.until(lambda: "cannot store the outcomes of deliveries" in self.server.log_text())
        time.sleep(1)
        held = len(self.sink.mails)
        # The WAL has room left for some outcomes.
        self.assertLess(held, SUBSCRIBERS)
        self.assertLessEqual(held - self.counts()["sent"], MOST_TWICE, f"{sent} were sent before")
        time.sleep(1)
        self.assertEqual(len(self.sink.mails), held)
        self.filler.unlink()
        self.until_done()
        self.check_each_got_one()


class RelayTests(DeliveryTests):
    def test_greylisted_emails_are_sent_again(self):
        self.serve(mailsink.Sink(), mail={"retry_seconds": [1]})
        self.sink.greylist()
        self.subscribe()
        self.publisher.declare(notify=True)
        self.until_done()
        self.check_each_got_one()
        deliveries = self.get(f"status_page_deliveries?status_page_id={self.page}")["status_page_deliveries"]
        self.assertEqual({delivery["attempts"] for delivery in deliveries}, {2})

    def test_emails_wait_for_relay_that_is_away(self):
        self.serve(mailsink.Sink())
        port = self.sink.port
        self.sink.stop()
        self.subscribe()
        self.publisher.declare(notify=True)
        self.server.until(
            lambda: self.get("status_page_delivery_status")["delivery_status"]["relay"]["state"] == "failing")
        self.assertEqual(self.metric("allclear_mail_relay_up"), 0)
        self.server.until(lambda: self.counts().get("pending") == SUBSCRIBERS)
        self.assertEqual(self.metric('allclear_deliveries_pending{channel="email"}'), SUBSCRIBERS)
        # The server stays ready: its pages need no relay.
        with urllib.request.urlopen(f"{self.server.url}/readyz", timeout=30) as response:
            self.assertEqual(response.status, 200)
        self.sink = mailsink.Sink(port=port)
        self.until_done()
        self.check_each_got_one()
        self.assertEqual(self.metric("allclear_mail_relay_up"), 1)
        self.assertEqual(self.metric("allclear_delivery_oldest_pending_seconds"), 0)
        deliveries = self.get(f"status_page_deliveries?status_page_id={self.page}")["status_page_deliveries"]
        self.assertEqual({delivery["attempts"] for delivery in deliveries}, {1})
        self.assertNotIn("@", self.server.log_text())


class WebhookTests(DeliveryTests):
    def setUp(self):
        self.hooks = hooksink.Sink()
        self.addCleanup(self.hooks.stop)
        self.serve(mailsink.Sink(), webhooks={
            "https_only": False, "allowed_networks": ["127.0.0.0/8"], "retry_seconds": [1], "timeout_seconds": 3,
            "max_concurrent": 2})
        self.secrets = {}

    def add(self, path, channel="webhook", **fields):
        answer = self.server.call("POST", "/v2/status_page_subscribers", {
            "status_page_id": self.page, "channel": channel, "url": self.hooks.url + path, **fields}, self.manager)
        self.secrets[path] = answer.get("secret")

    def test_each_endpoint_gets_each_update_although_others_fail(self):
        for path in ("/works", "/recovers", "/hangs"):
            self.add(path)
        self.add("/chat", "slack")
        self.hooks.answer(503, {"Retry-After": "1"}, path="/recovers", times=2)
        self.hooks.answer(200, path="/hangs", delay=10, times=1)
        incident = self.publisher.declare(notify=True)
        self.publisher.update(incident, "Second.", notify=True)
        self.server.until(lambda: len(self.hooks.at("/works")) == 2 and len(self.hooks.at("/recovers")) == 4)
        # While one endpoint hangs, the others get their updates, and the hanging endpoint gets no second call.
        self.assertEqual(len(self.hooks.at("/hangs")), 1)
        self.server.until(lambda: len(self.hooks.at("/hangs")) == 3)
        self.server.until(lambda: sum(
            notification["deliveries"]["pending"] for notification in
            self.get(f"status_page_notifications?status_page_id={self.page}")["status_page_notifications"]) == 0)

        def updates(path):
            """The messages and the ids of the calls, whose signatures are checked."""
            bodies = [call.verify(self.secrets[path]) for call in self.hooks.at(path)]
            self.assertEqual({body["event_type"] for body in bodies}, {"status_page_incident.update_shared_v1"})
            return [(body["status_page_incident.update_shared_v1"]["update"]["message"], call.headers["webhook-id"])
                    for body, call in zip(bodies, self.hooks.at(path))]

        first, second = "We are looking into it.", "Second."
        self.assertEqual([message for message, _ in updates("/works")], [first, second])
        for path in ("/recovers", "/hangs"):
            calls = updates(path)
            self.assertEqual({message for message, _ in calls}, {first, second})
            # A retry has the id of the first attempt.
            self.assertEqual(len(set(calls)), 2, path)
        self.assertIn(second, self.hooks.at("/chat")[-1].content.decode())
        deliveries = self.get(f"status_page_deliveries?status_page_id={self.page}")["status_page_deliveries"]
        self.assertLessEqual({delivery["state"] for delivery in deliveries}, {"sent", "superseded"})

    def test_endpoint_that_is_gone_is_quarantined(self):
        self.add("/gone", format="statuspage")
        self.hooks.answer(410, path="/gone")
        self.publisher.declare(notify=True)
        self.until_done(failed=1)
        query = f"status_page_subscribers?status_page_id={self.page}&state=quarantined"
        [subscriber] = self.get(query)["status_page_subscribers"]
        self.assertEqual(subscriber["url"], f"{self.hooks.url}/gone")
        self.assertNotIn("/gone", self.server.log_text())


class PostfixTests(DeliveryTests):
    """A real relay, which hands everything on to the sink."""

    MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
    MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.test
mydestination = local.test
local_recipient_maps = inline:{{ known=x }}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{sink}
smtp_tls_security_level = none
smtpd_tls_security_level = none
"""

    def start_postfix(self):
        if os.getuid() != 0:
            self.skipTest("only root can start Postfix")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-postfix-"))
        self.addCleanup(subprocess.run, ["rm", "-r", folder], check=True)
        folder.chmod(0o755)
        port = free_port()
        (folder / "main.cf").write_text(self.MAIN.format(folder=folder, sink=self.sink.port))
        (folder / "master.cf").write_text(self.MASTER.format(port=port))
        (folder / "queue").mkdir()
        (folder / "data").mkdir()
        subprocess.run(["chown", "postfix", folder / "data"], check=True)
        command = ["/usr/sbin/postfix", "-c", folder]
        succeed(*command, "start")
        self.addCleanup(succeed, *command, "stop")
        return port

    def test_postfix_takes_and_hands_on_every_email(self):
        self.sink = mailsink.Sink()
        port = self.start_postfix()
        self.serve(self.sink, mail={"port": port, "max_messages_per_connection": 30})
        addresses = ADDRESSES[:100]
        self.subscribe([*addresses, "unknown@local.test"])
        self.publisher.declare("Störung", "We are looking into it. " * 20 + "\n.\n.. dots\n", notify=True)
        self.until_done(sent=100, failed=1)
        self.until_sent(100)
        self.check_each_got_one(addresses)
        for mail in self.sink.mails:
            self.assertEqual(mail.sender, "status@acme.example")
            self.assertEqual(mail.message["Subject"], "[Acme Status] Störung")
            self.assertIn("\r\n.\r\n.. dots\r\n", mail.message.get_body(("plain",)).get_content())
            self.assertEqual(mail.message.defects, [])
        # Postfix says that there is no such mailbox.
        unknown = self.subscriber("unknown@local.test")
        self.assertEqual(unknown["state"], "quarantined")
        self.assertIn("5.1.1", unknown["reason"])


class SignUpTests(DeliveryTests):
    """The way of a reader: the form, the emails, and the links in them."""

    ADDRESS = "Ada@example.com"

    def post(self, url, form):
        """Sends a form to a public URL, as a reader's browser or mail program does. Returns the page."""
        url = urllib.parse.urlsplit(url)
        request = urllib.request.Request(
            self.server.url + url.path, urllib.parse.urlencode(form).encode(),
            {"Accept": "text/html", "Host": url.hostname})
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read().decode()

    def mail(self, number):
        """The nth email, read by a strict parser."""
        self.until_sent(number)
        mail = self.sink.mails[number - 1]
        self.assertEqual(mail.recipient, self.ADDRESS)
        return email.message_from_bytes(mail.content, policy=email.policy.SMTP + email.policy.strict)

    def link(self, message, end):
        """The only link in an email's text that ends with `end`."""
        [link] = set(re.findall(rf"{PAGE}/\S+{end}\b", message.get_body(("plain",)).get_content()))
        return link

    def test_reader_signs_up_gets_email_and_unsubscribes_with_one_click(self):
        self.serve(mailsink.Sink())
        self.post(f"{PAGE}/subscribe", {"email": self.ADDRESS})
        confirmation = self.mail(1)
        self.assertEqual(confirmation["Subject"], "[Acme Status] Confirm your subscription")
        self.assertIsNone(confirmation["List-Unsubscribe"])
        self.assertEqual(self.subscriber(self.ADDRESS)["state"], "pending")
        self.post(self.link(confirmation, "/confirm"), {})
        self.assertEqual(self.subscriber(self.ADDRESS)["state"], "active")
        self.publisher.declare("Login fails", "We are looking into it.", notify=True)
        update = self.mail(2)
        self.assertEqual(update["Subject"], "[Acme Status] Login fails")
        self.assertIn("We are looking into it.", update.get_body(("plain",)).get_content())
        # RFC 8058 asks for one HTTPS URL. Mail programs POST exactly this form to it, without a cookie.
        self.assertEqual(update["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        [url] = re.fullmatch(rf"<({PAGE}/\S+)>", update["List-Unsubscribe"]).groups()
        self.post(url, {"List-Unsubscribe": "One-Click"})
        self.assertEqual(self.subscriber(self.ADDRESS)["state"], "unsubscribed")
        self.publisher.declare("Other", notify=True)
        self.server.until(lambda: self.server.log_text().count("subscribers were notified of an update") >= 1)
        time.sleep(0.5)
        self.assertEqual(len(self.sink.mails), 2)
        # An unsubscribed reader can come back by the form.
        self.post(f"{PAGE}/subscribe", {"email": self.ADDRESS})
        self.post(self.link(self.mail(3), "/confirm"), {})
        self.assertEqual(self.subscriber(self.ADDRESS)["state"], "active")

    def test_limit_of_mails_per_address_survives_restart(self):
        self.serve(mailsink.Sink(), subscribers={"mails_per_address": 2, "sign_ups_per_client": 100})
        self.post(f"{PAGE}/subscribe", {"email": self.ADDRESS})
        self.mail(1)
        self.server.terminate()
        self.server.start()
        first = self.post(f"{PAGE}/subscribe", {"email": self.ADDRESS.lower()})
        self.until_sent(2)
        self.server.terminate()
        self.server.start()
        self.assertEqual(self.post(f"{PAGE}/subscribe", {"email": self.ADDRESS}), first)
        # The next email to arrive is to somebody else, so this address got none.
        self.post(f"{PAGE}/subscribe", {"email": "bob@example.com"})
        self.server.until(lambda: self.sink.mails[-1].recipient == "bob@example.com")
        self.assertEqual(len(self.sink.mails), 3)


if __name__ == "__main__":
    unittest.main()
