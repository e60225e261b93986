"""Tests `allclear mail test` with a relay: the email, the encryption, and the message for each failure."""

import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import unittest

import certificates
import mailsink
from server import BINARY

ADDRESS = "anna@example.org"


class MailCommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="allclear-mail-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        cls.certificate, cls.key = certificates.make(cls.path, "relay")
        cls.other, _ = certificates.make(cls.path, "other")

    def send(self, port, address=ADDRESS, environment=None, **mail):
        """Runs the command with these settings, and returns its exit code and output."""
        config = self.path / "config.json"
        config.write_text(json.dumps({
            "public_url": "https://status.acme.example", "database": str(self.path / "a.db"), "pages": [],
            "mail": {"host": "localhost", "port": port, "from": "Acme Störung <status@acme.example>",
                     "timeout_seconds": 20, "ca_file": str(self.certificate), **mail}}))
        return subprocess.run(
            [BINARY, "mail", "test", address, "--config", str(config)], capture_output=True, text=True, timeout=60,
            env={**os.environ, **(environment or {})})

    def context(self):
        return certificates.context(self.certificate, self.key)

    def sink(self, **settings):
        return mailsink.Sink(starttls=self.context(), **settings)

    def test_email_is_well_formed(self):
        with self.sink() as sink:
            done = self.send(sink.port, reply_to="help@acme.example", return_path="bounces@acme.example")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            [mail] = sink.mails
            self.assertEqual((mail.sender, mail.recipient), ("bounces@acme.example", ADDRESS))
            self.assertTrue(mail.content.isascii())
            for line in mail.content.split(b"\r\n"):
                self.assertLessEqual(len(line), 78)
                self.assertNotIn(b"\n", line)
            message = mail.message
            self.assertEqual(message["From"].addresses[0].display_name, "Acme Störung")
            self.assertEqual(message["From"].addresses[0].addr_spec, "status@acme.example")
            self.assertEqual((message["To"], message["Reply-To"]), (ADDRESS, "help@acme.example"))
            self.assertEqual(message["Auto-Submitted"], "auto-generated")
            self.assertRegex(message["Message-ID"], r"\A<[0-9A-Z]{26}@acme.example>\Z")
            self.assertEqual([part.get_content_type() for part in message.iter_parts()], ["text/plain", "text/html"])
            self.assertIn("This is a test", message.get_body(("plain",)).get_content())
            self.assertEqual(message.defects, [])
            for name in set(message.keys()):
                self.assertEqual(len(message.get_all(name)), 1, name)
            # The dialogue is encrypted before MAIL, and uses the host of the public URL.
            self.assertEqual([command for command in sink.commands if command != "QUIT"][-3:], [
                "MAIL FROM:<bounces@acme.example> SIZE=" + str(len(mail.content)), f"RCPT TO:<{ADDRESS}>", "DATA"])
            self.assertEqual(sink.commands[:2], ["EHLO status.acme.example"] * 2)
            self.assertIn("> STARTTLS\n", done.stdout)
            self.assertIn("* SSL connection using TLS", done.stdout)
            self.assertIn("< 250 2.0.0 kept as 1\n", done.stdout)
            self.assertIn(message["Message-ID"], done.stdout)

    def test_implicit_tls_is_used(self):
        with mailsink.Sink(implicit=self.context()) as sink:
            self.assertEqual(self.send(sink.port, tls="implicit", helo="relay-client.acme.example").returncode, 0)
            self.assertEqual(sink.commands[0], "EHLO relay-client.acme.example")
            self.assertEqual(len(sink.mails), 1)

    def test_encryption_can_be_off(self):
        with mailsink.Sink() as sink:
            self.assertEqual(self.send(sink.port, tls="none", ca_file=None).returncode, 0)
            self.assertEqual(len(sink.mails), 1)

    def refused(self, sink, problem, said="", **settings):
        done = self.send(sink.port, **settings)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"allclear: {problem}: {said}", done.stderr)
        self.assertEqual(sink.mails, [])
        return done

    def test_starttls_is_required(self):
        with mailsink.Sink() as sink:
            self.refused(sink, "the relay cannot be used")
            self.assertEqual([c.split()[0] for c in sink.commands if not c.startswith("QUIT")], ["EHLO"])

    def test_certificates_are_checked(self):
        for settings in [{"ca_file": str(self.other)}, {"ca_file": None}, {"host": "127.0.0.1"}]:
            with self.subTest(**settings), self.sink() as sink:
                self.refused(sink, "the relay cannot be used", **settings)
            with self.subTest(implicit=True, **settings), mailsink.Sink(implicit=self.context()) as sink:
                self.refused(sink, "the relay cannot be used", tls="implicit", **settings)
                self.assertEqual(sink.commands, [])

    def test_old_tls_versions_are_rejected(self):
        context = self.context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with mailsink.Sink(implicit=context) as sink:
            self.refused(sink, "the relay cannot be used", tls="implicit")

    def test_each_login_method_works(self):
        secret, token = "s3cret pass", "ya29.token"
        (self.path / "password").write_text(secret + "\n")
        (self.path / "token").write_text(token)
        password, bearer = str(self.path / "password"), str(self.path / "token")
        cases = [
            ({"auth": "plain", "password_file": password}, ("PLAIN", "LOGIN"), {}),
            ({"auth": "login", "password_file": password}, ("PLAIN", "LOGIN"), {}),
            ({"password_file": password}, ("LOGIN",), {}),
            ({"auth": "plain"}, ("PLAIN",), {"ALLCLEAR_MAIL_PASSWORD": secret}),
            ({"auth": "xoauth2", "password_file": bearer}, ("XOAUTH2", "PLAIN"), {}),
        ]
        for settings, mechanisms, environment in cases:
            with self.subTest(**settings), self.sink(
                    users={"acme": secret}, tokens=[token], mechanisms=mechanisms) as sink:
                done = self.send(sink.port, username="acme", environment=environment, **settings)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual(len(sink.mails), 1)
                for form in secret, token, "czNjcmV0IHBhc3M", "AGFjbWUA", "eWEyOS50b2tlbg", "dXNlcj1hY21l":
                    self.assertNotIn(form, done.stdout + done.stderr)
                self.assertIn("***", done.stdout)

    def test_wrong_password_is_reported(self):
        for auth, mechanisms in [("plain", ("PLAIN",)), ("login", ("LOGIN",)), ("xoauth2", ("XOAUTH2",))]:
            (self.path / "wrong").write_text("wrong")
            with self.subTest(auth), self.sink(
                    users={"acme": "right"}, tokens=["right"], mechanisms=mechanisms) as sink:
                self.refused(sink, "the relay cannot be used", "535 5.7.8", username="acme", auth=auth,
                             password_file=str(self.path / "wrong"))
        with self.sink(users={"acme": "right"}, mechanisms=("LOGIN",)) as sink:
            self.refused(sink, "the relay cannot be used", username="acme", auth="plain",
                         password_file=str(self.path / "wrong"))
            self.assertFalse([c for c in sink.commands if c.startswith(("AUTH", "MAIL"))])

    def test_each_rejection_is_reported(self):
        cases = [
            ("connect", "554 5.7.1 go away", "the relay cannot be used", "554 5.7.1"),
            ("connect", "421 4.3.2 busy", "the relay cannot be used", "421 4.3.2"),
            ("EHLO", "550 5.7.1 no", "the relay cannot be used", "550 5.7.1"),
            ("MAIL", "450 4.7.1 slow down", "the relay cannot be used", "450 4.7.1"),
            ("MAIL", "553 5.1.8 bad sender", "the relay refused the sender", "553 5.1.8"),
            ("MAIL", "421 4.7.0 later", "the relay cannot be used", "421 4.7.0"),
            ("RCPT", "450 4.2.0 greylisted", "the relay refused the email for now", "450 4.2.0"),
            ("RCPT", "421 4.7.0 later", "the relay cannot be used", "421 4.7.0"),
            ("RCPT", "550 5.1.1 unknown", "the address does not exist", "550 5.1.1"),
            ("RCPT", "550 5.1.10 null MX", "the address does not exist", "550 5.1.10"),
            ("RCPT", "550-5.1.1 no such\r\n550 5.1.1 user", "the address does not exist", "550 5.1.1 no such"),
            ("RCPT", "550 5.7.1 blocked", "the relay refused the email", "550 5.7.1"),
            ("RCPT", "550 no such user", "the relay refused the email", "550 no such user"),
            ("RCPT", "552 5.2.2 full", "the relay refused the email", "552 5.2.2"),
            ("DATA", "451 4.3.0 later", "the relay refused the email for now", "451 4.3.0"),
            ("DATA", "554 5.5.1 no", "the relay refused the email", "554 5.5.1"),
            ("body", "451 4.3.0 later", "the relay refused the email for now", "451 4.3.0"),
            ("body", "554 5.7.1 spam", "the relay refused the email", "554 5.7.1"),
            ("body", "550 5.1.1 unknown", "the relay refused the email", "550 5.1.1"),
            ("body", "421 4.3.2 stopping", "the relay cannot be used", "421 4.3.2"),
            ("connect", mailsink.DROP, "the relay cannot be used", ""),
            ("EHLO", mailsink.DROP, "the relay cannot be used", ""),
            ("MAIL", mailsink.DROP, "the relay cannot be used", ""),
            ("RCPT", mailsink.DROP, "the relay refused the email for now", ""),
            ("DATA", mailsink.DROP, "the relay refused the email for now", ""),
            ("body", mailsink.DROP, "the relay refused the email for now", ""),
        ]
        for stage, answer, problem, said in cases:
            # Without encryption, a relay that supports only HELO is accepted.
            for tls in ["starttls"] if stage == "EHLO" else ["starttls", "none"]:
                with self.subTest(f"{stage}: {answer}", tls=tls), (
                        self.sink() if tls == "starttls" else mailsink.Sink()) as sink:
                    sink.fail(stage, answer)
                    self.refused(sink, problem, said, tls=tls, **({"ca_file": None} if tls == "none" else {}))

    def test_stalled_relay_times_out(self):
        for stage, problem in [("connect", "the relay cannot be used"), ("EHLO", "the relay cannot be used"),
                               ("MAIL", "the relay cannot be used"), ("RCPT", "the relay refused the email for now"),
                               ("body", "the relay refused the email for now")]:
            with self.subTest(stage), self.sink() as sink:
                sink.fail(stage, mailsink.STALL)
                self.refused(sink, problem, timeout_seconds=1)
        with self.sink() as sink:
            # The email was accepted. The missing answer to QUIT does not matter.
            sink.fail("QUIT", mailsink.STALL)
            self.assertEqual(self.send(sink.port).returncode, 0)

    def test_unreachable_relay_is_reported(self):
        with self.sink() as sink:
            port = sink.port
        done = self.send(port)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the relay cannot be used: Failed to connect to localhost", done.stderr)

    def test_wrong_usage_is_reported(self):
        self.assertEqual(self.send(25, address="anna@localhost").returncode, 64)
        self.assertEqual(self.send(25, address="anna@example.org\r\nRCPT TO:<eve@example.org>").returncode, 64)
        self.assertEqual(self.send(0).returncode, 78)
        config = self.path / "none.json"
        config.write_text(json.dumps({"database": str(self.path / "a.db"), "pages": []}))
        done = subprocess.run([BINARY, "mail", "test", ADDRESS, "--config", str(config)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 78)
        self.assertIn("mail is not configured", done.stderr)


if __name__ == "__main__":
    unittest.main()
