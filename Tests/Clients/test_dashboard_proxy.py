"""Tests the log-in by a proxy: nginx as docs/dashboard.md shows, with a stand-in for Authelia."""

import http.client
import http.server
import re
import threading
import unittest
import urllib.parse

from server import ROOT, Server
from test_proxy import HOST, Nginx, free_port

PEOPLE = {"ada": ("ada@acme.example", "Ada Lovelace", "staff,admins"), "kim": ("kim@acme.example", "Kim", "readers"),
          "jo": ("jo@acme.example", "Jo", "staff")}
LOG_IN = "https://auth.acme.example/"


class LogIn(http.server.BaseHTTPRequestHandler):
    """Knows people by a cookie, and answers as Authelia does."""

    def do_GET(self):
        person = PEOPLE.get((self.headers["Cookie"] or "").partition(";")[0].removeprefix("who="))
        self.send_response(200 if person else 401)
        for name, value in zip(("Remote-Email", "Remote-Name", "Remote-Groups"), person or ()):
            self.send_header(name, value)
        if not person:
            self.send_header("Location", f"{LOG_IN}?rd={self.headers['X-Original-URL']}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class HeaderLogInTests(unittest.TestCase):
    def setUp(self):
        log_in = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LogIn)
        threading.Thread(target=log_in.serve_forever, daemon=True).start()
        self.addCleanup(log_in.server_close)
        self.addCleanup(log_in.shutdown)
        port = free_port()
        self.server = Server(
            listen=f"127.0.0.1:{port}", public_url=f"https://{HOST}", trusted_proxies=["127.0.0.1"],
            pages=[{"slug": "acme", "name": "Acme", "domain": HOST}],
            dashboard={"trusted_header": {
                "email": "Remote-Email", "name": "Remote-Name", "groups": "Remote-Groups", "create_users": True,
                "roles": {"admins": "owner", "readers": "viewer"}}})
        self.addCleanup(self.server.stop)
        document = (ROOT / "docs" / "dashboard.md").read_text()
        lines = re.search(r"```nginx\n(.*?)```", document, re.DOTALL).group(1)
        self.assertIn("127.0.0.1:9091", lines)
        lines = lines.replace("127.0.0.1:9091", f"127.0.0.1:{log_in.server_address[1]}")
        self.nginx = Nginx(port, {"    location / {": f"{lines}\n    location / {{"})
        self.addCleanup(self.nginx.stop)

    def send(self, method, path, who=None, form=None, session="", **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.nginx.port, timeout=60)
        self.addCleanup(connection.close)
        fields = {"Host": HOST, **{name.replace("_", "-"): value for name, value in fields.items()}}
        if who:
            fields["Cookie"] = f"who={who}; {session}"
        if form is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urllib.parse.urlencode(form) if form else None, fields)
        response = connection.getresponse()
        return response, response.read().decode()

    def test_without_log_in(self):
        response, _ = self.send("GET", "/dashboard", Remote_Email=PEOPLE["ada"][0], Remote_Groups="admins")
        self.assertEqual(response.status, 302)
        self.assertEqual(response.getheader("Location"), f"{LOG_IN}?rd=http://{HOST}/dashboard")
        for path in ("/", "/api/v1/summary"):
            self.assertEqual(self.send("GET", path)[0].status, 200)

    def test_roles_follow_groups(self):
        # The client's own fields do not count.
        claimed = {"Remote_Email": PEOPLE["ada"][0], "Remote_Groups": "admins"}
        for who, path, status in (("ada", "/users", 200), ("kim", "", 200), ("kim", "/users", 403), ("jo", "", 403)):
            with self.subTest(who=who, path=path):
                response, text = self.send("GET", f"/dashboard{path}", who, **claimed)
                self.assertEqual(response.status, status)
                self.assertEqual(response.getheader("Cache-Control"), "no-store")
        self.assertIn("Kim", self.send("GET", "/dashboard/account", "kim", **claimed)[1])

    def test_form(self):
        response, text = self.send("GET", "/dashboard/pages/acme/incidents/new", "ada")
        self.assertEqual(response.status, 200)
        session = response.getheader("Set-Cookie").partition(";")[0]
        self.assertTrue(session.startswith("__Host-allclear="))
        hidden = dict(re.findall(r'<input type="hidden" name="(csrf|key)" value="([^"]+)"', text))
        form = {**hidden, "name": "Logins fail", "status": "investigating", "message": "We look."}
        origin = {"Origin": f"https://{HOST}"}
        # Without the session's cookie, the form belongs to another session. Its text becomes a draft.
        response, _ = self.send("POST", "/dashboard/pages/acme/incidents", "ada", form, **origin)
        self.assertIn("done=draft_saved", response.getheader("Location"))
        self.assertNotIn("Logins fail", self.send("GET", "/api/v1/summary?before")[1])
        response, text = self.send("POST", "/dashboard/pages/acme/incidents", "ada", form, session, **origin)
        self.assertEqual(response.status, 303, text)
        self.assertIn("done=published", response.getheader("Location"))
        self.assertIn("Logins fail", self.send("GET", "/api/v1/summary?fresh")[1])


if __name__ == "__main__":
    unittest.main()
