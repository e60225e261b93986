"""Runs what the documents say about systemd and backups, on a machine that is booted for it. See scripts/deployment-test."""

import http.client
import json
import os
import pathlib
import re
import ssl
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Clients"))

import certificates  # noqa: E402
from machine import ROOT, Machine  # noqa: E402
from test_handover import SUMMARY, BusyClient, UnixConnection, until_answered  # noqa: E402

README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
UNITS = "allclear.socket allclear.service allclear-backup.timer allclear-backup.service cron.service"
DATABASE = "/var/lib/allclear/allclear.db"


def connect():
    return http.client.HTTPConnection("127.0.0.1", 8080, timeout=60)


def title(connection=None):
    """The title of the page in its widget."""
    connection = connection or connect()
    connection.request("GET", SUMMARY)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer["page_title"]


def until(condition):
    deadline = time.monotonic() + 90
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not become true within 90 seconds")
        time.sleep(0.2)
    return found


class DeploymentTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = Machine(os.environ["DEPLOYMENT_ROOT"])
        cls.addClassCleanup(cls.machine.remove)
        cls.machine.boot()
        # Runs the commands from the README.
        for command in ("useradd", "install -D"):
            line = re.search(rf"^sudo ({command} .*)$", README, re.MULTILINE).group(1)
            cls.machine.write("/root/config.example.json", (ROOT / "config.example.json").read_text())
            cls.machine.run(f"cd /root && {line}")

    def setUp(self):
        self.machine.run(
            f"systemctl disable --now --quiet {UNITS}; rm -rf /etc/systemd/system/*.d /var/lib/allclear/*;"
            "rm -rf /var/lib/allclear-backups /run/allclear /var/lib/systemd/timers/*;"
            f"systemctl daemon-reload; systemctl reset-failed; journalctl --rotate --vacuum-time=1s --quiet")
        self.configure()

    def configure(self, name="Acme", **settings):
        self.machine.path("/etc/allclear/config.json").write_text(
            json.dumps({"pages": [{"slug": "acme", "name": name}], **settings}))

    def drop_in(self, unit, text):
        self.machine.write(f"/etc/systemd/system/{unit}.d/test.conf", text)
        self.machine.run("systemctl daemon-reload")

    def listen_on(self, *addresses):
        self.drop_in("allclear.socket", "[Socket]\nListenStream=\n"
                     + "".join(f"ListenStream={address}\n" for address in addresses))

    def assertNothingOdd(self):
        """Checks that systemd and Dispatch logged no complaints."""
        log = self.machine.run("journalctl --boot --output=cat").stdout
        self.assertNotRegex(log, r"libdispatch|/allclear[a-z.-]*:\d+:")

    def test_first_start_logs_key_command(self):
        for _ in range(10):
            started = self.machine.run("systemctl start allclear && journalctl --boot --unit=allclear --output=cat").stdout
            # The journal may still have lines of earlier starts.
            command = re.findall(r"there is no API key; create one with: (.*)", started)[-1]
            self.assertNotIn("allclear_", started)
            self.machine.run(f"runuser -u allclear -- env {command}")
            self.assertEqual(self.machine.show("allclear", "StatusText"), ["Serving 1 page"])
            self.machine.run(f"systemctl stop allclear; rm {DATABASE}; journalctl --rotate --vacuum-time=1s --quiet")
        self.assertNothingOdd()
        self.assertEqual(self.machine.show("allclear", "Result"), ["success"])

    def test_example_configuration(self):
        self.machine.run("cp /opt/allclear/share/doc/allclear/config.example.json /etc/allclear/config.json")
        self.machine.run("systemctl start allclear")
        [status] = self.machine.show("allclear", "StatusText")
        self.assertRegex(status, r"^Serving \d+ pages?$")

    def test_key_commands(self):
        self.machine.run("systemctl start allclear")
        [first] = re.findall(r"^sudo -u allclear (ALLCLEAR_DATABASE=.* \\\n +allclear keys create .*?) +#", README, re.MULTILINE)
        [another] = re.findall(r"`sudo -u allclear (ALLCLEAR_DATABASE=[^`]* keys create [^`]*)`", OPERATIONS)
        for line, name in ((first, "admin"), (another.replace("\n", " "), "bot")):
            # From a directory that the user may not even enter.
            token = self.machine.run(f"cd /root && runuser -u allclear -- env {line}").stdout.strip()
            connection = connect()
            connection.request("GET", "/v1/identity", headers={"Authorization": f"Bearer {token}"})
            self.assertEqual(json.load(connection.getresponse())["identity"]["name"], name)
            connection.close()

    def test_reload(self):
        # Without the package procps, there is no kill program.
        self.assertEqual(self.machine.run("test -e /bin/kill", check=False).returncode, 1)
        self.machine.run("systemctl start allclear")
        self.configure("Acme News")
        self.machine.run("systemctl reload allclear")
        until(lambda: title() == "Acme News")
        process = self.machine.show("allclear", "MainPID")
        self.configure("Acme Other", lisen=1)
        self.assertNotEqual(self.machine.run("systemctl reload allclear", check=False).returncode, 0)
        self.assertIn("lisen is not a known key", self.machine.journal())
        self.assertEqual(title(), "Acme News")
        self.assertEqual(self.machine.show("allclear", "ActiveState", "MainPID"), ["active", *process])

    def test_invalid_configuration_is_not_retried(self):
        self.configure(lisen=1)
        self.assertNotEqual(self.machine.run("systemctl start allclear", check=False).returncode, 0)
        time.sleep(5)
        self.assertEqual(self.machine.show("allclear", "ActiveState", "ExecMainStatus", "NRestarts"), ["failed", "78", "0"])

    def test_killed_server_is_restarted(self):
        self.configure(listen=["127.0.0.1:8080", "unix:/run/allclear/own.sock", "127.0.0.1:80"])
        self.machine.run("systemctl start allclear && systemctl kill --signal=KILL allclear")
        until(lambda: self.machine.show("allclear", "NRestarts", "ActiveState") == ["1", "active"])
        self.assertEqual(title(), "Acme")
        self.assertEqual(title(UnixConnection(self.machine.path("/run/allclear/own.sock"))), "Acme")
        self.assertEqual(title(http.client.HTTPConnection("127.0.0.1", 80, timeout=60)), "Acme", "a port below 1024")

    def test_restart_with_sockets_fails_no_request(self):
        path = "/run/allclear/http.sock"
        self.configure(listen=["127.0.0.1:8080", f"unix:{path}"])
        self.listen_on("127.0.0.1:8080", path)
        # Begins with a server that opens its own sockets. systemd does not start the socket unit meanwhile.
        self.machine.run("systemctl start allclear")
        self.assertNotEqual(self.machine.run("systemctl start allclear.socket", check=False).returncode, 0)
        self.machine.run("systemctl stop allclear && systemctl enable --now allclear.socket && systemctl start allclear")
        clients = [BusyClient(connect, 1), BusyClient(connect, 1_000_000),
                   BusyClient(lambda: UnixConnection(self.machine.path(path)), 1)]
        for client in clients:
            client.start()
            self.addCleanup(client.stop)
        for _ in range(3):
            until_answered(clients, 20)
            self.machine.run("systemctl restart allclear")
        until_answered(clients, 20)
        for client in clients:
            client.stop()
        self.assertEqual([client.failures for client in clients], [[]] * len(clients))
        self.assertNotIn("listens on another address than", self.machine.journal())
        # A connection starts a stopped server.
        self.machine.run("systemctl stop allclear")
        self.assertEqual(title(UnixConnection(self.machine.path(path))), "Acme")
        self.assertNothingOdd()

    def test_mismatched_sockets_are_not_retried(self):
        self.listen_on("127.0.0.1:8080", "127.0.0.1:8081")
        self.machine.run("systemctl start allclear.socket")
        self.assertNotEqual(self.machine.run("systemctl start allclear", check=False).returncode, 0)
        time.sleep(5)
        self.assertEqual(self.machine.show("allclear", "ActiveState", "ExecMainStatus", "NRestarts"), ["failed", "78", "0"])
        self.assertIn("write one ListenStream= for each address in listen", self.machine.journal())

    def assertSound(self, pattern):
        """Checks that there is one intact backup, which only its owner may read."""
        place = until(lambda: self.machine.run(f"ls {pattern}", check=False).stdout.strip())
        until(lambda: not self.machine.run("ls /var/lib/allclear-backups/*.partial", check=False).stdout)
        self.machine.run(f"allclear verify {place}")
        self.assertEqual(self.machine.run(f"stat --format='%U %a' {place}").stdout.strip(), "allclear 600")

    def test_backup_timer(self):
        self.machine.run("systemctl start allclear && systemctl enable --now allclear-backup.timer")
        [due] = self.machine.show("allclear-backup.timer", "NextElapseUSecRealtime")
        self.assertRegex(due, r" 03:\d\d:\d\d")
        self.drop_in("allclear-backup.timer", "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nRandomizedDelaySec=0\nAccuracySec=1s\n")
        self.machine.run("systemctl restart allclear-backup.timer")
        self.assertSound("/var/lib/allclear-backups/allclear-???.db")
        # The next backup replaces it.
        self.machine.run("systemctl start allclear-backup")
        self.assertEqual(self.machine.show("allclear-backup", "Result"), ["success"])
        self.assertNothingOdd()

    def test_restore(self):
        self.machine.run("systemctl start allclear && systemctl start allclear-backup")
        self.machine.run("cd /var/lib/allclear-backups && { [ -e allclear-Mon.db ] || mv allclear-???.db allclear-Mon.db; }")
        stop, restore, start = re.search(
            r"^sudo (systemctl stop .*)\nsudo -u allclear (ALLCLEAR_DATABASE=.* restore .*)\nsudo (systemctl start .*)$",
            OPERATIONS, re.MULTILINE).groups()
        refused = self.machine.run(f"runuser -u allclear -- env {restore}", check=False)
        self.assertIn("another process has", refused.stderr)
        self.machine.run(f"{stop} && runuser -u allclear -- env {restore} && {start}")
        self.assertEqual(title(), "Acme")

    def test_upgrade(self):
        self.machine.run("systemctl start allclear")
        process = self.machine.show("allclear", "MainPID")
        self.machine.install()
        self.machine.run("systemctl daemon-reload && systemctl restart allclear")
        self.assertNotEqual(self.machine.show("allclear", "MainPID"), process)
        self.assertEqual(title(), "Acme")
        self.assertNothingOdd()

    def test_renewed_certificate(self):
        paths = ["/etc/allclear/tls.crt", "/etc/allclear/tls.key"]
        self.configure(listen=[{"address": "127.0.0.1:443", "tls": dict(zip(("certificate", "key"), paths))}])

        def renew():
            with tempfile.TemporaryDirectory() as folder:
                for file, path in zip(certificates.make(folder, "standard"), paths):
                    self.machine.write(path, pathlib.Path(file).read_text())
            self.machine.run(f"chmod 640 {paths[1]} && chgrp allclear {paths[1]}")
            return self.machine.path(paths[0]).read_text().strip()

        shown = lambda: ssl.get_server_certificate(("127.0.0.1", 443)).strip()
        first = renew()
        self.machine.run("systemctl start allclear")
        self.assertIn(shown(), first)
        second = renew()
        self.assertNotEqual(first, second)
        self.machine.run("systemctl reload allclear")
        until(lambda: shown() in second)

    def test_cron_backup(self):
        self.machine.run("systemctl start allclear")
        line, table = re.search(r"`sudo (install -d [^`]*)`.*?\n```\n(.*?)```", OPERATIONS, re.DOTALL).groups()
        self.machine.run(line.replace("\n", " "))
        self.assertIn("0 3 * * *", table)
        table = table.replace("0 3 * * *", "* * * * *").replace("/usr/local/bin/", "/opt/allclear/bin/")
        self.machine.write("/etc/cron.d/allclear", table)
        self.machine.run("systemctl start cron")
        try:
            self.assertSound("/var/backups/allclear/allclear-???.db")
        finally:
            self.machine.run("rm -rf /etc/cron.d/allclear /var/backups/allclear")

    def test_enabled_units_start_after_reboot(self):
        self.machine.run("systemctl enable --now allclear.socket allclear.service allclear-backup.timer")
        self.assertEqual(title(), "Acme")
        self.machine.shut_down()
        self.machine.boot()
        for unit in ("allclear.socket", "allclear.service", "allclear-backup.timer"):
            self.assertEqual(self.machine.show(unit, "ActiveState"), ["active"], unit)
        self.assertEqual(title(), "Acme")


if __name__ == "__main__":
    unittest.main()
