"""Tests the documented commands and configurations of curl, cron, systemd's backup unit, and Prometheus."""

import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.request

import yaml
from prometheus_client.parser import text_string_to_metric_families

import certificates
import torture
from server import BINARY, ROOT, Server

README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


class BackupTests(unittest.TestCase):
    """Runs the documented commands, with the test's paths instead of the documented ones."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.folder = pathlib.Path(self.server.folder.name)

    def run_line(self, line):
        """Runs a shell command line in the directory for backups."""
        backups = self.folder / "backups"
        backups.mkdir()
        self.assertIn("/usr/local/bin/allclear", line)
        line = line.replace("/usr/local/bin/allclear", BINARY)
        environment = {"ALLCLEAR_DATABASE": str(self.folder / "sdk.db"), "PATH": os.environ["PATH"], "LC_ALL": "C"}
        # The command runs every night, so it must also succeed a second time.
        for _ in range(2):
            run = subprocess.run(["/bin/sh", "-c", line], env=environment, cwd=backups, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
        [copy] = backups.iterdir()
        self.assertRegex(copy.name, r"^allclear-(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.db$")
        self.assertEqual(subprocess.run([BINARY, "verify", copy], capture_output=True).returncode, 0)

    def test_cron_line(self):
        user, line = re.search(r"^0 3 \* \* \*  (\S+)  (.*)$", OPERATIONS, re.MULTILINE).groups()
        self.assertEqual(user, "allclear")
        # A percent sign ends the command, unless a backslash precedes it (crontab(5)).
        self.assertNotRegex(line, r"(?<!\\)%")
        self.assertIn(" /var/backups/allclear/allclear-", line)
        self.run_line(line.replace(r"\%", "%").replace("/var/backups/allclear/", ""))

    def test_unit_command(self):
        unit = (ROOT / "packaging" / "allclear-backup.service").read_text()
        line = re.search(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.MULTILINE).group(1)
        # Percent and dollar signs must be doubled (systemd.unit(5), systemd.service(5)).
        self.assertNotRegex(re.sub(r"%%|\$\$", "", line), r"[%$]")
        self.run_line(line.replace("%%", "%").replace("$$", "$"))


class TourTests(unittest.TestCase):
    def test_tour(self):
        with tempfile.TemporaryDirectory(prefix="allclear-test-") as folder:
            process = subprocess.Popen(
                [BINARY, "serve", "--first-key"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**os.environ, "ALLCLEAR_LISTEN": "127.0.0.1:0"})
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.terminate)
            banner = ""
            while not re.search(r"allclear_\w+", banner):
                line = process.stdout.readline()
                self.assertTrue(line, banner)
                banner += line
            url = re.search(r"http://127\.0\.0\.1:\d+", banner)
            while not url:
                banner += process.stdout.readline()
                url = re.search(r"http://127\.0\.0\.1:\d+", banner)
            tour = re.search(r"## A tour in five minutes\n(.*?)\n## ", README, re.DOTALL).group(1)
            script = "\n".join(re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)).replace("make run\n", "")
            self.assertIn("URL=http://127.0.0.1:8080\nKEY=allclear_...\n", script)
            script = script.replace("URL=http://127.0.0.1:8080", f"URL={url[0]}")
            script = script.replace("KEY=allclear_...", f"KEY={re.search(r'allclear_[A-Za-z0-9_-]+', banner)[0]}")
            run = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60)
            self.assertEqual(run.returncode, 0, run.stderr)
            during, after = run.stdout.split('"status_page_incident_update"')
            self.assertIn('"name":"Some logins fail"', during)
            self.assertIn('"current_worst_impact":"partial_outage"', during)
            self.assertIn('"ongoing_incidents":[]', after)
            # The last command shows errors.
            self.assertIn('"type":"validation_error"', after)


class FirstStartTests(unittest.TestCase):
    """Runs the command of the unit and of the image. Their output is kept, so it must not contain a token."""

    def test_unit(self):
        unit = (ROOT / "packaging" / "allclear.service").read_text()
        self.first_start(re.search(r"^ExecStart=/usr/local/bin/allclear (.*)$", unit, re.MULTILINE).group(1).split())

    def test_image(self):
        self.first_start(json.loads(re.search(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE).group(1)))

    def first_start(self, arguments):
        server = Server()
        self.addCleanup(server.stop)
        server.terminate()
        arguments = [argument.replace("/etc/allclear/config.json", str(server.config)) for argument in arguments]
        server.spawn = lambda _: subprocess.Popen(
            [BINARY, *arguments], stdout=server.log, stderr=server.log,
            env={**os.environ, "ALLCLEAR_CONFIG": str(server.config)})
        server.start()
        hint = r"there is no API key; create one with: (.*)"
        command = server.until(lambda: re.search(hint, server.log_text())).group(1)
        run = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        identity = server.call("GET", "/v1/identity", token=run.stdout.strip())["identity"]
        self.assertEqual(identity["name"], "NAME")
        self.assertNotIn("allclear_", server.log_text())


class PrometheusTests(unittest.TestCase):
    def test_prometheus_configuration(self):
        text = re.search(r"```yaml\n(scrape_configs:\n.*?)```", OPERATIONS, re.DOTALL).group(1)
        [job] = yaml.safe_load(text)["scrape_configs"]
        self.assertEqual(job["static_configs"], [{"targets": ["127.0.0.1:9102"]}])

    def test_metrics_parse_and_report_certificate_expiry(self):
        server = Server(listen=["127.0.0.1:0"])
        self.addCleanup(server.stop)
        folder = pathlib.Path(server.folder.name)
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        first, second = (now + datetime.timedelta(days=days) for days in (10, 20))
        crt, key = certificates.make(folder, "used", end=f"{first:%Y%m%d%H%M%SZ}")
        server.terminate()
        server.config.write_text(json.dumps({**json.loads(server.config.read_text()), "listen": ["127.0.0.1:0", {
            "address": "127.0.0.1:0", "tls": {"certificate": str(crt), "key": str(key)}}]}))
        server.start()
        self.assertEqual(self.ends(server), {("127.0.0.1:0", ""): first.timestamp()})
        certificates.make(folder, "used", end=f"{second:%Y%m%d%H%M%SZ}")
        server.process.send_signal(signal.SIGHUP)
        server.until(lambda: "configuration applied" in server.log_text())
        self.assertEqual(self.ends(server), {("127.0.0.1:0", ""): second.timestamp()})

    def test_metrics_of_the_dashboard(self):
        server = Server(public_url="http://localhost")
        self.addCleanup(server.stop)
        with torture.set_up(server) as owner:
            for path, status in (("/pages/acme", 200), ("/pages/partners/incidents", 200), ("/pages/none", 404)):
                self.assertEqual(owner.exchange("GET", f"/dashboard{path}")[0], status, path)
            self.assertEqual(owner.exchange("POST", "/dashboard/pages/acme/drafts", {"kind": "incident"})[0], 403)
        with torture.Browser(server.url) as stranger:
            wrong = {"email": torture.EMAIL, "password": "a wrong password"}
            self.assertEqual(stranger.exchange("POST", "/dashboard/login", wrong)[0], 422)
        families = self.metrics(server)
        self.assertEqual(self.values(families, "allclear_dashboard_log_ins_total", "outcome"), {
            "succeeded": 1, "unknown_user": 0, "wrong_password": 1, "disabled": 0, "wrong_code": 0, "throttled": 0})
        self.assertEqual(self.values(families, "allclear_dashboard_forms_refused_total", "reason"), {
            "other_site": 0, "other_origin": 0, "unknown_origin": 0, "wrong_token": 1})
        counts = {(sample.labels["route"], sample.labels["status"]): sample.value for family in families
                  for sample in family.samples if sample.name == "allclear_requests_total"}
        self.assertEqual({key: value for key, value in counts.items() if key[0].startswith("/dashboard")}, {
            ("/dashboard/pages/{slug}", "200"): 1, ("/dashboard/pages/{slug}", "404"): 1,
            ("/dashboard/pages/{slug}/incidents", "200"): 1, ("/dashboard/pages/{slug}/drafts", "403"): 1,
            ("/dashboard/setup", "303"): 1, ("/dashboard/login", "422"): 1})
        log = server.log_text()
        self.assertIn("log-in failed", log)
        for secret in (torture.EMAIL, torture.PASSWORD, "wrong password"):
            self.assertNotIn(secret, log)

    @staticmethod
    def metrics(server):
        with urllib.request.urlopen(f"{server.url}/metrics") as response:
            return list(text_string_to_metric_families(response.read().decode()))

    @staticmethod
    def values(families, name, label):
        return {sample.labels[label]: sample.value for family in families for sample in family.samples
                if sample.name == name}

    def ends(self, server):
        families = self.metrics(server)
        for family in families:
            self.assertTrue(family.documentation, family.name)
            self.assertNotEqual(family.type, "unknown", family.name)
            for sample in family.samples:
                self.assertRegex(sample.name, "^(allclear|process)_[a-z_]+$")
        samples = {sample.name: sample for family in families for sample in family.samples}
        self.assertEqual(samples["allclear_build_info"].value, 1)
        self.assertRegex(samples["allclear_build_info"].labels["version"], r"^\d+\.\d+\.\d+")
        return {(sample.labels["listener"], sample.labels["domain"]): sample.value
                for family in families for sample in family.samples
                if sample.name == "allclear_tls_certificate_not_after_timestamp_seconds"}


if __name__ == "__main__":
    unittest.main()
