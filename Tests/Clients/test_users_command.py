"""Tests `allclear users`, with a running server and without one."""

import contextlib
import json
import re
import sqlite3
import subprocess
import unittest

from server import BINARY, Server

TOKEN = "[A-Za-z0-9_-]{43}"


class UsersCommandTests(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.database = json.loads(self.server.config.read_text())["database"]

    def run_command(self, *arguments):
        return subprocess.run(
            [BINARY, *arguments, "--config", str(self.server.config)], capture_output=True, text=True, timeout=60)

    def users(self, *arguments):
        run = self.run_command("users", *arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def refusal(self, *arguments):
        run = self.run_command("users", *arguments)
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        return run.stderr

    def ask(self, sql, arguments=()):
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            return database.execute(sql, arguments).fetchall()

    def add(self, number, email, role):
        """Adds a user as the dashboard does, with a second factor and a session."""
        user = f"{number:026}"
        self.ask("INSERT INTO users (id, email, name, role, password, totp_secret, totp_last_step, created_at)"
                 " VALUES (?, ?, 'Jo\n', ?, '$scrypt$', zeroblob(20), 1, 0)", (user, email, role))
        self.ask("INSERT INTO recovery_codes (hash, user_id) VALUES (randomblob(32), ?)", (user,))
        self.ask("INSERT INTO sessions (hash, user_id, created_at, last_seen_at, confirmed_at, method, user_agent, address)"
                 " SELECT randomblob(32), ?, time, time, time, 'totp', '', '' FROM (SELECT unixepoch() * 1000 AS time)", (user,))

    def sessions(self, email):
        return self.ask("SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email = ?", (email,))[0][0]

    def link(self, kind, *arguments):
        run = self.run_command("users", *arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, rf"^http://[^/]+/dashboard/{kind}#{TOKEN}\n$")
        self.assertRegex(run.stderr, r"^The link works once, until 20[0-9-]+T[0-9:.]+Z\.\n$")
        return run.stdout.strip().split("#")[1]

    def test_links_for_the_first_owner_and_for_guests(self):
        first, second = (self.link("setup", "setup-link") for _ in range(2))
        self.assertNotEqual(first, second)
        self.assertEqual(self.ask("SELECT kind, created_by FROM account_links"), [("setup", None)])
        self.link("invitation", "create", "--email", "kim@example.com", "--name", "Kim", "--role", "owner")
        self.assertEqual(
            self.ask("SELECT email, name, role FROM account_links WHERE kind = 'invitation'"),
            [("kim@example.com", "Kim", "owner")])
        self.assertRegex(
            self.users("list"), r"^[0-9a-f]{16}  20[0-9-]+T[0-9:.]+Z  owner  invited  kim@example\.com  -  -  Kim\n$")
        # Only hashes are stored.
        for token in (first, second):
            self.assertNotIn(token, repr(self.ask("SELECT * FROM account_links")))
        self.add(1, "jo@example.com", "owner")
        self.assertIn("There are users already", self.refusal("setup-link"))
        self.assertIn("exists already", self.refusal("create", "--email", "JO@example.com", "--role", "viewer"))
        self.assertIn("invalid", self.refusal("create", "--email", "jo", "--role", "viewer"))
        self.link("reset", "reset-link", "JO@example.com")

    def test_users_are_managed_while_the_server_runs_and_while_it_does_not(self):
        self.add(1, "jo@example.com", "owner")
        for number, runs in enumerate((True, False), 2):
            if not runs:
                self.server.terminate()
            email = f"kim{number}@example.com"
            with self.subTest(runs=runs):
                self.add(number, email, "viewer")
                listed = [line for line in self.users("list").splitlines() if email in line]
                self.assertEqual(len(listed), 1)
                self.assertTrue(
                    listed[0].endswith(f"viewer  active  {email}  two-factor  -  Jo\\n"), listed[0])
                self.users("reset-two-factor", email)
                self.assertEqual(
                    self.ask("SELECT totp_secret FROM users WHERE email = ?", (email,)), [(None,)])
                self.assertIn("is off", self.refusal("reset-two-factor", email))
                self.users("sign-out", email)
                self.assertEqual((self.sessions(email), self.sessions("jo@example.com")), (0, 1))
                self.users("disable", email)
                self.assertIn("disabled", self.users("list"))
                self.assertIn("The user is disabled", self.refusal("reset-link", email))
                self.users("enable", email)
                self.assertNotIn("disabled", self.users("list"))
        self.assertIn("last owner", self.refusal("disable", "jo@example.com"))
        self.assertIn('there is no user "nobody@example.com"', self.refusal("disable", "nobody@example.com"))
        self.assertEqual(self.run_command("verify").returncode, 0)

    def test_every_change_is_audited(self):
        self.add(1, "jo@example.com", "owner")
        self.add(2, "kim@example.com", "viewer")
        self.link("reset", "reset-link", "kim@example.com")
        self.users("reset-two-factor", "kim@example.com")
        self.users("sign-out", "kim@example.com")
        self.users("disable", "kim@example.com")
        self.users("enable", "kim@example.com")
        events = json.loads(self.run_command("audit", "--json").stdout)
        changes = [(event["action"], event["subject"]["kind"], event["actor"]["kind"]) for event in reversed(events)]
        self.assertEqual(
            [change for change in changes if change[1] in ("user", "account_link")],
            [("created", "account_link", "command_line"), ("changed", "user", "command_line"),
             ("logged_out", "user", "command_line"), ("disabled", "user", "command_line"),
             ("enabled", "user", "command_line")])
        self.assertIsNone(re.search(TOKEN, json.dumps(events)))


if __name__ == "__main__":
    unittest.main()
