"""The emails that the Swift tests compare byte for byte, read by Python's strict parser and by an HTML parser."""

import email
import email.policy
import pathlib
import unittest

import html5lib

from server import ROOT

GOLDEN = ROOT / "Tests" / "NotificationsTests" / "Golden"
HOSTILE = "[Ac\"me\\ <Status>, Ltd.] Störung =?utf-8?q?x?= 🔥  Bcc: eve@example.org " + "lang" * 30


class MailsTest(unittest.TestCase):
    def mails(self):
        paths = sorted(GOLDEN.glob("*.eml"))
        self.assertGreater(len(paths), 5)
        policy = email.policy.default + email.policy.strict
        return [(path.stem, email.message_from_bytes(path.read_bytes(), policy=policy)) for path in paths]

    def test_strict_parser_reads_every_field_and_part(self):
        for _, message in self.mails():
            for name, value in message.items():
                self.assertEqual(value.defects, (), name)
            self.assertEqual(message.get_content_type(), "multipart/alternative")
            self.assertEqual([part.get_content_type() for part in message.iter_parts()], ["text/plain", "text/html"])
            for part in message.iter_parts():
                self.assertEqual(part.get_content_charset(), "utf-8")
                self.assertEqual(part["Content-Transfer-Encoding"], "quoted-printable")
            self.assertIsNotNone(message["Date"].datetime)

    def test_subjects_are_unchanged(self):
        subjects = {name: message["Subject"] for name, message in self.mails()}
        self.assertEqual(subjects["first"], "[Acme Status] Logins fail")
        self.assertEqual(subjects["maintenance"], "[Acme Status] Maintenance: New disks")
        self.assertEqual(subjects["hostile"], HOSTILE)
        self.assertEqual(subjects["confirmation"], "[Acme Status] Confirm your subscription")

    def test_preview_begins_with_status(self):
        first_lines = {"first": "Investigating: Logins fail", "merged": "Resolved: Logins fail",
                       "maintenance": "Scheduled: New disks"}
        for name, message in self.mails():
            if name in first_lines:
                text = message.get_body(("plain",)).get_content()
                html = html5lib.parse(message.get_body(("html",)).get_content(), namespaceHTMLElements=False)
                self.assertEqual(text.splitlines()[0], first_lines[name])
                self.assertEqual("".join(html.find("body").itertext()).strip().splitlines()[0], first_lines[name])

    def test_html_is_valid_and_loads_nothing(self):
        for name, message in self.mails():
            parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
            document = parser.parse(message.get_body(("html",)).get_content())
            for element in document.iter():
                self.assertIn(element.tag, [
                    "html", "head", "meta", "title", "body", "div", "h1", "p", "br", "strong", "em", "code", "pre", "ul",
                    "ol", "li", "blockquote", "hr", "a"])
                self.assertLessEqual(set(element.attrib), {
                    "lang", "charset", "name", "content", "style", "href", "rel", "start"})
                self.assertNotIn("url(", element.get("style", ""))
            links = [element.get("href") for element in document.iter("a")]
            self.assertTrue(links)
            self.assertTrue(all(link.startswith("https://") for link in links))
            if name != "hostile":
                self.assertTrue(all(link.startswith("https://status.acme.example") for link in links), links)


if __name__ == "__main__":
    unittest.main()
