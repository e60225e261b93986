"""Tests which processes migrate a database of an earlier version, and when."""

import contextlib
import json
import sqlite3
import subprocess
import time
import unittest

from server import BINARY, Server

STEPS = "SELECT identifier FROM grdb_migrations ORDER BY rowid"


class UpgradeTests(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.token = self.server.key("status_page_viewer")
        self.database = json.loads(self.server.config.read_text())["database"]
        self.present = self.ask(STEPS)
        # Without its last migration, the database looks as the previous version leaves it.
        self.ask("DELETE FROM grdb_migrations WHERE identifier = ?", self.present[-1])
        self.earlier = self.present[:-1]

    def ask(self, sql, arguments=()):
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            return database.execute(sql, arguments).fetchall()

    def run_command(self, *arguments):
        return subprocess.run(
            [BINARY, *arguments, "--config", str(self.server.config)], capture_output=True, text=True, timeout=30)

    def test_no_migration_while_server_runs(self):
        for command in (
            ["keys", "list"], ["keys", "create", "--name", "n", "--role", "status_page_viewer"], ["serve", "--take-over"],
        ):
            with self.subTest(command):
                run = self.run_command(*command)
                self.assertEqual(run.returncode, 1)
                self.assertIn("was created by an older version of allclear, which may be running; stop that server", run.stderr)
                self.assertEqual(self.ask(STEPS), self.earlier)
        self.assertEqual(len(self.ask("SELECT id FROM api_keys")), 1)
        self.server.call("GET", "/v2/status_pages", token=self.token)

    def test_server_starting_alone_migrates(self):
        self.server.terminate()
        # Removes what the last migration adds.
        for table in ("form_submissions", "structure_drafts", "drafts", "templates", "recovery_codes", "account_links",
                      "sessions", "page_favicons"):
            self.ask(f"DROP TABLE {table}")
        for table, column in (
            ("api_keys", "creator_user_id"), ("incident_updates", "author_kind"), ("incident_updates", "author_id"),
            ("maintenance_updates", "author_kind"), ("maintenance_updates", "author_id"),
            ("maintenances", "notifies_automatically"), ("pages", "time_zone"), ("notifications", "held_until"),
        ):
            self.ask(f"ALTER TABLE {table} DROP COLUMN {column}")
        self.ask("DROP TABLE users")
        self.server.start()
        self.assertEqual(self.ask(STEPS), self.present)
        self.server.call("GET", "/v2/status_pages", token=self.token)
        self.assertEqual(self.run_command("keys", "list").returncode, 0)

    def test_changed_schema_is_logged_once(self):
        self.ask("INSERT INTO grdb_migrations VALUES ('999-from-the-future')")
        # Added columns do no harm.
        time.sleep(1)
        self.assertNotIn("cannot read", self.server.log_text())
        self.ask("ALTER TABLE incident_update_components RENAME COLUMN update_position TO place")
        self.ask("ALTER TABLE maintenances RENAME COLUMN due_at TO moved_at")
        problems = ("cannot read changes by another process", "cannot read due maintenances")
        self.server.until(lambda: all(problem in self.server.log_text() for problem in problems))
        self.assertIn("was created or migrated by a newer version of allclear", self.server.log_text())
        # Waits for several more polls.
        time.sleep(1.5)
        for problem in problems:
            self.assertEqual(self.server.log_text().count(problem), 1)


if __name__ == "__main__":
    unittest.main()
