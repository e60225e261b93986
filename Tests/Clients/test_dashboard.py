"""Does the tasks of the dashboard in Chromium, as people do them: by name, with scripts and without."""

import json
import unittest
import urllib.request

from selenium.webdriver.common.keys import Keys

from browser import shared_browser
from dashboard import Dashboard, DashboardTestCase, PASSWORD
from mailsink import Sink
from publishing import Publisher
from server import Server

PAGES = [
    {"slug": "acme", "name": "Acme Status", "structure": [
        {"component": {"key": "api", "name": "API"}},
        {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}}]},
    {"slug": "partners", "name": "Partners", "structure": [{"component": {"key": "feed", "name": "Feed"}}]},
    {"slug": "told", "name": "Told", "structure": [{"component": {"key": "shop", "name": "Shop"}}]},
]


def setUpModule():
    global server, browser
    sink = Sink()
    unittest.addModuleCleanup(sink.stop)
    # Notifications are held until the end of the tests.
    server = Server(
        pages=PAGES, public_url="http://localhost", notifications={"hold_seconds": 300},
        mail={"from": "status@acme.example", "host": "127.0.0.1", "port": sink.port, "tls": "none"})
    unittest.addModuleCleanup(server.stop)
    browser = shared_browser()
    DashboardTests.server, DashboardTests.browser = server, browser
    Dashboard(server, browser).set_up()


def summary(slug="acme", on=None):
    """The page's widget."""
    with urllib.request.urlopen(f"{(on or server).url}/{slug}/api/v1/summary", timeout=30) as response:
        return json.load(response)


def ongoing(slug="acme"):
    return {incident["name"]: incident["current_worst_impact"] for incident in summary(slug)["ongoing_incidents"]}


class DashboardTests(DashboardTestCase):
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
            # Otherwise the browser would not send the invalid form.
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
        for _ in self.both():
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

    def test_open_form_warns_of_newer_update(self):
        publisher = Publisher(server)
        incident = publisher.declare("Watched", "First.")
        screen = self.screen.open(f"/pages/acme/incidents/{incident}").write("Message", "Still writing.")
        publisher.update(incident, "From somebody else.")
        screen.until(lambda: "There is a newer update by the API key" in screen.text)
        # The text stays. Control and Enter open the review, which shows the other update first.
        self.assertEqual(screen.field("Message").get_attribute("value"), "Still writing.")
        screen.field("Message").send_keys(Keys.CONTROL, Keys.ENTER)
        screen.until(lambda: "From somebody else." in screen.text)
        self.assertEqual(screen.field("Message").get_attribute("value"), "Still writing.")
        # In this review, Control and Enter publish nothing.
        screen.field("Message").send_keys(Keys.CONTROL, Keys.ENTER)
        screen.press("Back to editing")
        screen.field("Message").send_keys(Keys.CONTROL, Keys.ENTER)
        screen.until(lambda: screen.heading == "Review")

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
            screen.write("Email", "ada@acme.example").write("Password", PASSWORD).press("Log in")
            # The text was kept as a draft, and not published.
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
        self.assertIn("Draft from", screen.text)
        self.assertEqual(screen.field("Message").get_attribute("value"), "Not sent.")
        screen.press("Discard draft")
        screen.open("/pages/partners/incidents/new")
        self.assertEqual(screen.field("Message").get_attribute("value"), "")

    def test_link_of_template_publishes_in_two_actions(self):
        for scripts in self.both():
            template = f"Outage, scripts {scripts}"
            screen = self.screen.open("/pages/acme/templates").press("Create template")
            screen.write("Template name", template).write("Title", "{?system} fails").write("Status", "Identified")
            screen.write("Message", "{page}: {?system} fails because of {?cause}. {other}")
            screen.write("EU › Login", "Partial outage")
            screen.press("Save template")
            link = screen.find("a", f"Use template {template}").get_attribute("href")
            browser.open(link)
            screen.write("system", f"Mail {scripts}").write("cause", "a full disk")
            for step in ("Review", "Publish"):
                screen.press(step)
            self.assertEqual(screen.heading, f"Mail {scripts} fails")
            self.assertIn(f"Acme Status: Mail {scripts} fails because of a full disk. {{other}}", screen.text)
            self.assertEqual(ongoing()[screen.heading], "partial_outage")

    def test_question_of_template_must_be_answered(self):
        for scripts in self.both():
            template = f"Question, scripts {scripts}"
            screen = self.screen.open("/pages/acme/templates/new")
            screen.write("Template name", template).write("Title", "Asked").write("Message", "Because of {?cause}.")
            screen.press("Save template")
            screen.open("/pages/acme/incidents/new").write("Template", template).press("Use template")
            self.let_through()
            screen.press("Review")
            self.assertEqual(screen.errors, ["The template asks for “cause”. Enter it."])
            self.assertEqual(screen.field("Message").get_attribute("value"), "Because of {?cause}.")

    def let_through(self):
        """Makes the browser send invalid forms, which it would otherwise hold back."""
        browser.run("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")

    def test_held_notification_is_stopped(self):
        for scripts in self.both():
            screen = self.screen.open("/pages/told/subscribers").press("Add subscriber")
            screen.write("Address", f"bob-{scripts}@example.com")
            screen.write("The owner of the address has agreed already", True).press("Add subscriber")
            screen.open("/pages/told/incidents/new")
            self.assertTrue(screen.field("Notify subscribers").is_selected())
            screen.write("Name", f"Held {scripts}").write("Message", "Sent too early.").press("Review")
            self.assertRegex(screen.text, r"\d subscribers? will be notified\.")
            screen.press("Publish")
            self.assertIn("Subscribers will be notified", screen.text)
            screen.press("Do not send")
            self.assertFalse(screen.has("button", "Do not send"))
            self.assertIn("Nobody was notified", screen.text)
            # The page shows the incident nevertheless.
            self.assertIn(f"Held {scripts}", ongoing("told"))
            screen.write("Message", "Quiet.").write("Notify subscribers", False).press("Review")
            self.assertIn("Nobody will be notified.", screen.text)

    def test_text_is_edited_and_incident_renamed_and_deleted(self):
        publisher = Publisher(server)
        for scripts in self.both():
            incident = publisher.declare(f"Wrong name {scripts}", "Wrong text.")
            screen = self.screen.open(f"/pages/acme/incidents/{incident}").press("Edit text")
            screen.write("Message", "Right text.").press("Save text")
            self.assertIn("Right text.", screen.text)
            self.assertIn("edited", screen.text)
            self.assertNotIn("Wrong text.", screen.text)
            screen.write("New name", f"Right name {scripts}").press("Rename")
            self.assertEqual(screen.heading, f"Right name {scripts}")
            screen.write("Type the name", "Something else").press("Delete incident")
            self.assertEqual(len(screen.errors), 1)
            self.assertEqual(screen.field("Type the name").get_attribute("value"), "Something else")
            screen.write("Type the name", f"Right name {scripts}").press("Delete incident")
            self.assertEqual(screen.heading, "Incidents")
            self.assertNotIn(f"Right name {scripts}", ongoing())

    def test_draft_is_saved_by_button(self):
        for scripts in self.both():
            screen = self.screen.open("/pages/partners/incidents/new")
            screen.write("Message", f"Later {scripts}.").press("Save draft")
            self.assertIn("Draft from", screen.text)
            self.assertEqual(screen.field("Message").get_attribute("value"), f"Later {scripts}.")
            screen.press("Discard draft")
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

    def test_maintenance_in_hour_that_the_zone_skips(self):
        for _ in self.both():
            screen = self.screen.open("/pages/acme/maintenances/new")
            screen.write("Name", "Spring").write("Message", "We replace disks.").write("Time zone", "Europe/Berlin")
            screen.write("Starts", "2099-03-29T02:30").write("Ends", "2099-03-29T05:00").press("Review")
            self.assertEqual(len(screen.errors), 1, screen.text)
            self.assertIn("does not exist in Europe/Berlin", screen.errors[0])
            self.assertEqual(screen.field("Ends").get_attribute("value"), "2099-03-29T05:00")
            screen.write("Starts", "2099-03-29T06:00").press("Review")
            self.assertEqual(screen.errors, ["The end must be after the start."])
            screen.write("Starts", "2099-03-29T01:30").press("Review")
            # The clocks go from 2:00 to 3:00.
            self.assertIn("2 h 30 min", screen.text)

if __name__ == "__main__":
    unittest.main()
