"""Does the tasks of the dashboard in Chromium, as people do them: by name, with scripts and without."""

import contextlib
import json
import re
import unittest
import urllib.error
import urllib.request

from selenium.webdriver.common.keys import Keys

from browser import shared_browser
from dashboard import Dashboard, PASSWORD
from publishing import Publisher
from server import Server

PAGES = [
    {"slug": "acme", "name": "Acme Status", "structure": [
        {"component": {"key": "api", "name": "API"}},
        {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}}]},
    {"slug": "partners", "name": "Partners", "structure": [{"component": {"key": "feed", "name": "Feed"}}]},
]


def setUpModule():
    global server, browser
    server = Server(pages=PAGES, public_url="http://localhost")
    unittest.addModuleCleanup(server.stop)
    browser = shared_browser()
    Dashboard(server, browser).set_up()


def summary(slug="acme", on=None):
    """The page's widget."""
    with urllib.request.urlopen(f"{(on or server).url}/{slug}/api/v1/summary", timeout=30) as response:
        return json.load(response)


def ongoing(slug="acme"):
    return {incident["name"]: incident["current_worst_impact"] for incident in summary(slug)["ongoing_incidents"]}


class DashboardTests(unittest.TestCase):
    def setUp(self):
        browser.size(1280)
        self.screen = Dashboard(server, browser)
        browser.driver.delete_all_cookies()
        self.screen.open("/login")
        self.screen.log_in()

    def tearDown(self):
        self.assertEqual([line for line in browser.complaints() if " 4" not in line], [])

    def both(self):
        """With scripts, and without."""
        for scripts in (True, False):
            with self.subTest(scripts=scripts), contextlib.ExitStack() as stack:
                if not scripts:
                    stack.enter_context(browser.without_script())
                yield scripts

    # Publishing

    def test_declare_update_and_resolve(self):
        for scripts in self.both():
            name = f"Login fails, scripts {scripts}"
            screen = self.screen.open()
            presses = 0
            for step in ("Publish incident on Acme Status", "Review", "Publish"):
                if step == "Review":
                    screen.write("Name", name).write("Message", "We are **looking** into it.")
                    screen.write("EU › Login", "Full outage")
                screen.press(step)
                presses += 1
            # From the list of pages, publishing takes three actions.
            self.assertEqual(presses, 3)
            self.assertEqual(screen.heading, name)
            self.assertEqual(ongoing()[name], "full_outage")
            screen.write("Identified", True).write("Message", "It is a *certificate*.").write("EU › Login", "Degraded performance")
            screen.press("Review")
            self.assertIn("It is a certificate.", screen.text)
            # Nothing is lost on the way back.
            screen.press("Back to editing")
            self.assertEqual(screen.field("Message").get_attribute("value"), "It is a *certificate*.")
            self.assertTrue(screen.field("Identified").is_selected())
            screen.press("Review").press("Publish")
            self.assertEqual(ongoing()[name], "degraded_performance")
            screen.write("Resolved", True).write("Message", "It is renewed.")
            screen.press("Review").press("Publish")
            self.assertNotIn(name, ongoing())

    def test_form_with_faults_keeps_everything(self):
        for _ in self.both():
            screen = self.screen.open("/pages/acme/incidents/new")
            # Browsers would hold the form back.
            browser.run("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
            screen.write("Message", "Something is wrong.").write("API", "Partial outage")
            screen.press("Review")
            self.assertEqual(len(screen.errors), 1, screen.text)
            self.assertEqual(screen.field("Message").get_attribute("value"), "Something is wrong.")
            invalid = browser.find("[aria-invalid=true]")
            self.assertEqual(invalid, screen.field("Name"))
            described = invalid.get_attribute("aria-describedby").split()
            self.assertIn(screen.errors[0], [browser.find(f"[id='{part}']").text for part in described])

    def test_whole_incident_by_keyboard(self):
        screen = self.screen.open()
        self.tab_to("Publish incident on Acme Status").send_keys(Keys.ENTER)
        screen.until(lambda: screen.heading == "Publish incident")
        self.tab_to("Name").send_keys("By keyboard")
        self.tab_to("Message").send_keys("Typed.")
        self.tab_to("API").send_keys("Partial")
        # The form's own key.
        self.focused().send_keys(Keys.CONTROL, Keys.ENTER)
        screen.until(lambda: screen.heading == "Review")
        self.tab_to("Publish").send_keys(Keys.ENTER)
        screen.until(lambda: screen.heading == "By keyboard")
        self.assertEqual(ongoing()["By keyboard"], "partial_outage")
        radio = self.tab_to("Unchanged")
        radio.send_keys(Keys.ARROW_UP)
        self.assertTrue(screen.field("Resolved").is_selected())
        self.tab_to("Message").send_keys("Done.")
        self.tab_to("Review").send_keys(Keys.ENTER)
        screen.until(lambda: screen.heading == "Review")
        self.tab_to("Publish").send_keys(Keys.ENTER)
        screen.until(lambda: screen.heading == "By keyboard")
        self.assertNotIn("By keyboard", ongoing())

    def focused(self):
        return browser.driver.switch_to.active_element

    def tab_to(self, name):
        """Presses Tab until the focus is on something with a name."""
        for _ in range(80):
            self.focused().send_keys(Keys.TAB)
            if browser.run("""
                const element = document.activeElement;
                const text = node => (node?.textContent ?? '').replace(/\\s+/g, ' ').trim();
                const label = element.getAttribute('aria-label') ?? (element.labels?.length ? text(element.labels[0]) : text(element));
                return label === arguments[0]""", name):
                return self.focused()
        raise AssertionError(f"the focus did not reach {name}")

    def test_repeated_form_publishes_once(self):
        screen = self.screen.open("/pages/acme/incidents/new")
        screen.write("Name", "Only once").write("Message", "Twice sent.").press("Review")
        fields = browser.run("""
            return [...new FormData(document.querySelector('main form')).entries()]""")
        action = browser.find("main form").get_attribute("action")
        publish = """
            const [action, fields, done] = arguments;
            fetch(action, {method: 'POST', body: new URLSearchParams(fields), redirect: 'follow'})
                .then(answer => done(answer.url))"""
        urls = [browser.driver.execute_async_script(publish, action, fields) for _ in range(2)]
        names = [incident["name"] for incident in summary()["ongoing_incidents"]]
        self.assertEqual(names.count("Only once"), 1, urls)
        self.assertEqual(urls[0].split("?")[0], urls[1].split("?")[0])

    def test_newer_update_of_somebody_else_is_shown_first(self):
        publisher = Publisher(server)
        incident = publisher.declare("Two people", "First.")
        screen = self.screen.open(f"/pages/acme/incidents/{incident}")
        screen.write("Message", "From the dashboard.")
        screen.press("Review")
        publisher.update(incident, "From somebody else.")
        screen.press("Publish")
        self.assertIn("There is a newer update", screen.text)
        self.assertIn("From somebody else.", screen.text)
        self.assertEqual(screen.field("Message").get_attribute("value"), "From the dashboard.")
        screen.press("Publish anyway")
        self.assertEqual(screen.heading, "Two people")
        self.assertIn("From the dashboard.", screen.text)

    def test_kill_between_review_and_publish_loses_nothing(self):
        screen = self.screen.open("/pages/acme/incidents/new")
        screen.write("Name", "Killed").write("Message", "Still here.").press("Review")
        server.process.kill()
        server.process.wait()
        address = server.url.removeprefix("http://")
        settings = json.loads(server.config.read_text())
        server.config.write_text(json.dumps({**settings, "listen": address}))
        server.start()
        screen.press("Publish")
        self.assertEqual(screen.heading, "Killed")
        self.assertIn("Killed", ongoing())

    def test_text_survives_the_end_of_the_session(self):
        for scripts in self.both():
            screen = self.screen.open("/pages/partners/incidents/new")
            screen.write("Name", f"Kept {scripts}").write("Message", "A long text.")
            browser.driver.delete_all_cookies()
            screen.press("Review")
            self.assertIn("Your session has ended", screen.text)
            screen.write("E-mail", "ada@acme.example").write("Password", PASSWORD).press("Log in")
            # It was kept, and not published.
            self.assertEqual(summary("partners")["ongoing_incidents"], [])
            screen.open("/pages/partners/incidents/new")
            self.assertEqual(screen.field("Name").get_attribute("value"), f"Kept {scripts}")
            self.assertEqual(screen.field("Message").get_attribute("value"), "A long text.")
            screen.press("Discard draft")

    def test_draft_is_saved_while_typing(self):
        screen = self.screen.open("/pages/partners/incidents/new")
        screen.write("Name", "Typed only").write("Message", "Not sent.")
        screen.until(lambda: "saved" in screen.text.lower())
        screen.open("/pages/partners/incidents/new")
        self.assertIn("Draft of", screen.text)
        self.assertEqual(screen.field("Message").get_attribute("value"), "Not sent.")
        screen.press("Discard draft")
        screen.open("/pages/partners/incidents/new")
        self.assertEqual(screen.field("Message").get_attribute("value"), "")

    def test_maintenance_from_schedule_to_end(self):
        for scripts in self.both():
            name = f"New disks, scripts {scripts}"
            screen = self.screen.open("/pages/acme").press("Schedule maintenance")
            screen.write("Name", name).write("Message", "We replace disks.")
            screen.write("Starts", "2099-07-01T02:00").write("Ends", "2099-07-01T04:30").write("Time zone", "Europe/Berlin")
            screen.write("API", True)
            screen.press("Review")
            self.assertIn("UTC", screen.text)
            self.assertIn("2 h 30 min", screen.text)
            screen.press("Schedule")
            planned = [item for item in summary()["scheduled_maintenances"] if item["name"] == name]
            self.assertEqual([item["starts_at"] for item in planned], ["2099-07-01T00:00:00.000Z"])
            screen.press("Start now")
            self.assertIn(name, [item["name"] for item in summary()["in_progress_maintenances"]])
            screen.press("Complete now")
            self.assertNotIn(name, [item["name"] for item in summary()["in_progress_maintenances"]])

    # Pages

    def test_create_page_with_structure(self):
        for scripts in self.both():
            slug = f"made-{str(scripts).lower()}"
            screen = self.screen.open("/pages/new")
            screen.write("Name", f"Made {scripts}").write("Slug", slug).press("Create page")
            self.assertEqual(screen.heading, "Structure")
            for kind, name in (("Add component", "Web"), ("Add group", "Asia"), ("Add component", "Tokyo")):
                screen.press(kind)
                screen.write("Name", name)
                if name == "Tokyo":
                    screen.write("Inside", "Asia")
                screen.press("Done")
            screen.press("Move Asia up")
            screen.press("Save structure")
            structure = summary(slug)
            self.assertEqual(structure["ongoing_incidents"], [])
            with urllib.request.urlopen(f"{server.url}/{slug}", timeout=30) as response:
                html = response.read().decode()
            self.assertLess(html.index("Tokyo"), html.index("Web"))

    def test_widget_switch_and_preview(self):
        screen = self.screen.open("/pages/new")
        screen.write("Name", "Switched").write("Slug", "switched").press("Create page")
        screen.open("/pages/switched/settings/widget")
        screen.write("Widget API enabled", False).press("Save")
        with self.assertRaises(urllib.error.HTTPError):
            summary("switched")
        screen.write("Widget API enabled", True).press("Save")
        self.assertEqual(summary("switched")["ongoing_incidents"], [])
        self.assertIn("ongoing_incidents", screen.text)

    # Keys and users

    def test_key_works_until_it_is_deleted(self):
        screen = self.screen.open("/api-keys/new")
        screen.write("Name", "deploy bot")
        screen.write("Create status page incidents, maintenance windows and publish updates", True)
        screen.press("Create key")
        token = screen.field("Token").get_attribute("value")
        self.assertRegex(token, r"^allclear_")
        identity = server.call("GET", "/v1/identity", token=token)["identity"]
        self.assertEqual(identity["name"], "deploy bot")
        screen.open("/api-keys").press("deploy bot")
        screen.press("Delete key")
        if screen.heading != "API keys":
            screen.press("Delete key")
        with self.assertRaises(urllib.error.HTTPError):
            server.call("GET", "/v1/identity", token=token)

    def test_invited_publisher_may_publish_only(self):
        screen = self.screen.open("/users/new")
        screen.write("E-mail", "grace@acme.example").write("Name", "Grace Hopper").write("Role", "Publisher")
        screen.press("Create invitation")
        link = screen.field("Invitation link").get_attribute("value")
        screen.press("Log out")
        browser.driver.get(screen.url + re.sub(r"^https?://[^/]+", "", link))
        screen.until(lambda: screen.field("Code").get_attribute("value"))
        screen.write("Password", PASSWORD).press("Create account")
        self.assertEqual(screen.heading, "Status pages")
        self.assertFalse(screen.has("a", "Users"))
        for path in ("/users", "/api-keys", "/audit", "/system", "/pages/new"):
            screen.open(path)
            self.assertEqual(screen.heading, "Your role does not allow this", path)
        screen.open("/pages/acme/incidents/new")
        screen.write("Name", "By Grace").write("Message", "Hello.").press("Review").press("Publish")
        self.assertIn("Grace Hopper", screen.text)


if __name__ == "__main__":
    unittest.main()
