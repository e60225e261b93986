"""Manages keys, users and one's own account in the dashboard in Chromium: by name, with scripts and without."""

import base64
import csv
import hmac
import io
import json
import re
import struct
import time
import unittest
import urllib.error

from selenium.webdriver.common.by import By

from browser import shared_browser
from dashboard import Dashboard, DashboardTestCase, PASSWORD
from server import Server

PAGES = [{"slug": "acme", "name": "Acme Status", "structure": [{"component": {"key": "api", "name": "API"}}]}]
OTHER_PASSWORD = "seven brown foxes in a box"


def setUpModule():
    global server, browser
    server = Server(pages=PAGES, public_url="http://localhost")
    unittest.addModuleCleanup(server.stop)
    browser = shared_browser()
    PeopleTests.server, PeopleTests.browser = server, browser
    Dashboard(server, browser).set_up()


def code(secret, steps=0):
    """The one-time code of an app (RFC 6238), now or some steps of 30 seconds later."""
    moment = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.digest(base64.b32decode(secret), moment, "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start:start + 4]) & 0x7fffffff) % 1_000_000:06}"


class PeopleTests(DashboardTestCase):
    # Keys and users

    def test_key_works_until_it_is_deleted(self):
        for scripts in self.both():
            screen = self.screen.open("/api-keys/new")
            screen.write("Name", f"deploy {scripts}")
            screen.write("Create status page incidents and maintenance windows, and publish updates", True)
            screen.press("Create key")
            token = screen.field("Token").get_attribute("value")
            self.assertRegex(token, r"^allclear_")
            identity = server.call("GET", "/v1/identity", token=token)["identity"]
            self.assertEqual(identity["name"], f"deploy {scripts}")
            screen.open("/api-keys").press(f"deploy {scripts}").press("Delete key")
            if screen.heading != "API keys":
                screen.press("Delete key")
            with self.assertRaises(urllib.error.HTTPError):
                server.call("GET", "/v1/identity", token=token)

    def test_invited_publisher_may_publish_only(self):
        for scripts in self.both():
            screen = self.screen.open("/users/new")
            screen.write("Email", f"grace-{scripts}@acme.example").write("Name", f"Grace {scripts}")
            screen.write("Role", "Publisher").press("Create invitation")
            link = screen.field("Invitation link").get_attribute("value")
            screen.press("Log out")
            browser.driver.get(screen.url + re.sub(r"^https?://[^/]+", "", link))
            if scripts:
                screen.until(lambda: screen.field("Code").get_attribute("value"))
            else:
                screen.write("Code", link.partition("#")[2])
            screen.write("Password", PASSWORD).press("Create account")
            self.assertEqual(screen.heading, "Status pages")
            self.assertFalse(screen.has("a", "Users"))
            for path in ("/users", "/api-keys", "/audit", "/system", "/pages/new"):
                screen.open(path)
                self.assertEqual(screen.heading, "Your role does not allow this", path)
            screen.open("/pages/acme/incidents/new")
            screen.write("Name", "By Grace").write("Message", "Hello.").press("Review").press("Publish")
            self.assertIn(f"Grace {scripts}", screen.text)
            browser.driver.delete_all_cookies()
            screen.log_in()

    def test_key_is_rotated(self):
        for scripts in self.both():
            screen = self.screen.open("/api-keys/new")
            screen.write("Name", f"bot {scripts}").press("Create key")
            first = screen.field("Token").get_attribute("value")
            screen.open("/api-keys").press(f"bot {scripts}")
            screen.write("Grace period in minutes", "0").press("Rotate key")
            second = screen.field("Token").get_attribute("value")
            self.assertNotEqual(first, second)
            self.assertEqual(server.call("GET", "/v1/identity", token=second)["identity"]["name"], f"bot {scripts}")
            with self.assertRaises(urllib.error.HTTPError):
                server.call("GET", "/v1/identity", token=first)

    def test_user_is_promoted_reset_and_disabled(self):
        for scripts in self.both():
            email = f"linus-{scripts}@acme.example".lower()
            screen = self.screen
            screen.accept_invitation(email, f"Linus {scripts}")
            self.assertFalse(screen.has("a", "Publish incident"))
            browser.driver.delete_all_cookies()
            screen.log_in()
            screen.open("/users").press(f"Linus {scripts}")
            screen.write("Role", "Editor").press("Save role")
            self.assertIn("Editor", screen.text)
            user = screen.path
            screen.press("Create reset link")
            link = screen.field("Reset link").get_attribute("value")
            screen.press("Log out")
            screen.open("/reset").write("Code", link.partition("#")[2])
            screen.write("Password", OTHER_PASSWORD).press("Set password")
            browser.driver.delete_all_cookies()
            screen.log_in(email, OTHER_PASSWORD)
            self.assertEqual(screen.heading, "Status pages")
            self.assertTrue(screen.has("a", "Create page"))
            browser.driver.delete_all_cookies()
            screen.log_in()
            screen.open(user).press("Disable user")
            self.assertTrue(screen.has("button", "Enable user"))
            screen.press("Log out")
            screen.log_in(email, OTHER_PASSWORD)
            self.assertEqual(screen.heading, "Log in")
            self.assertEqual(len(screen.errors), 1, screen.text)
            self.assertEqual(screen.field("Email").get_attribute("value"), email)
            browser.driver.delete_all_cookies()
            screen.log_in()

    def test_link_fills_the_form_that_is_open(self):
        """Following a link that differs from the current address only in the fragment does not load the page again."""
        screen = self.screen
        browser.driver.delete_all_cookies()
        for path in ("/invitation", "/reset"):
            screen.open(path)
            browser.run("window.isSame = true")
            browser.driver.get(f"{screen.url}/dashboard{path}#secret")
            screen.until(lambda: screen.field("Code").get_attribute("value") == "secret")
            self.assertTrue(browser.run("return window.isSame"))
            self.assertNotIn("secret", browser.driver.current_url)

    def test_last_owner_stays(self):
        for _ in self.both():
            screen = self.screen.open("/users").press("Ada Lovelace")
            self.assertFalse(screen.has("button", "Save role"))
            screen.press("Disable user")
            self.assertEqual(len(screen.errors), 1, screen.text)
            self.assertEqual(screen.open("/users").heading, "Users")

    # One's own account

    def test_account_and_password(self):
        for scripts in self.both():
            email = f"mary-{scripts}@acme.example".lower()
            screen = self.screen
            screen.accept_invitation(email, "Mary", "publisher").press("Account")
            screen.write("Name", "").write("Time zone", "Asia/Tokyo").write("Theme", "Dark")
            browser.run("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
            screen.press("Save account")
            self.assertEqual(len(screen.errors), 1, screen.text)
            self.assertEqual(screen.field("Time zone").get_attribute("value"), "Asia/Tokyo")
            screen.write("Name", f"Mary {scripts}").press("Save account")
            self.assertEqual(browser.find("html").get_attribute("data-theme"), "dark")
            screen.open("/pages/acme/maintenances/new")
            self.assertEqual(screen.field("Time zone").get_attribute("value"), "Asia/Tokyo")
            screen.open("/account/password")
            screen.write("Current password", "wrong").write("New password", OTHER_PASSWORD).press("Change password")
            self.assertEqual(len(screen.errors), 1, screen.text)
            screen.write("Current password", PASSWORD).write("New password", OTHER_PASSWORD).press("Change password")
            self.assertEqual(screen.errors, [])
            browser.driver.delete_all_cookies()
            screen.log_in(email, OTHER_PASSWORD)
            self.assertEqual(screen.heading, "Status pages")

    def test_second_factor(self):
        for scripts in self.both():
            email = f"alan-{scripts}@acme.example".lower()
            screen = self.screen
            screen.accept_invitation(email, "Alan").press("Account").press("Two-factor authentication")
            screen.press("Set up")
            secret = re.sub(r"\s", "", browser.text("main code"))
            screen.write("Code", "000000").press("Turn on")
            self.assertEqual(len(screen.errors), 1, screen.text)
            # The secret is still the same.
            self.assertEqual(re.sub(r"\s", "", browser.text("main code")), secret)
            screen.write("Code", code(secret)).press("Turn on")
            recovery = [item.text for item in browser.driver.find_elements(By.CSS_SELECTOR, ".codes code")]
            self.assertEqual(len(recovery), 10)
            browser.driver.delete_all_cookies()
            screen.log_in(email)
            self.assertEqual(screen.heading, "Two-factor code")
            # The code of the current time step has been used already.
            screen.write("Code", code(secret, 1)).press("Continue")
            self.assertEqual(screen.heading, "Status pages")
            browser.driver.delete_all_cookies()
            screen.log_in(email).press("Use a recovery code")
            screen.write("Recovery code", recovery[0]).press("Continue")
            self.assertEqual(screen.heading, "Status pages")
            screen.open("/account/two-factor")
            self.assertIn("9 recovery codes are left", screen.text)
            screen.press("New recovery codes")
            renewed = [item.text for item in browser.driver.find_elements(By.CSS_SELECTOR, ".codes code")]
            self.assertEqual(len(set(renewed) - set(recovery)), 10)
            browser.driver.delete_all_cookies()
            screen.log_in(email).press("Use a recovery code")
            screen.write("Recovery code", recovery[1]).press("Continue")
            self.assertEqual(len(screen.errors), 1, screen.text)
            screen.write("Recovery code", renewed[0]).press("Continue")
            self.assertEqual(screen.heading, "Status pages")
            screen.open("/account/two-factor")
            screen.press("Turn off")
            self.assertTrue(screen.has("button", "Set up"))

    def test_sessions_are_ended(self):
        for _ in self.both():
            screen = self.screen
            kept = browser.driver.get_cookies()
            browser.driver.delete_all_cookies()
            screen.log_in()
            screen.open("/account/sessions")
            self.assertIn("this session", screen.text)
            screen.press("End session")
            if screen.has("button", "End all other sessions"):
                screen.press("End all other sessions")
            self.assertFalse(screen.has("button", "End session"))
            browser.driver.delete_all_cookies()
            for cookie in kept:
                browser.driver.add_cookie(cookie)
            screen.open("/account")
            self.assertEqual(screen.heading, "Log in")
            screen.log_in()

    # The audit log

    def test_audit_log_is_filtered_and_exported(self):
        for scripts in self.both():
            screen = self.screen.open("/pages/new")
            screen.write("Name", f"=Audited {scripts}").write("Slug", f"audited-{scripts}".lower()).press("Create page")
            screen.open("/audit").write("Who", "Ada Lovelace (ada@acme.example)").write("Page", f"=Audited {scripts}")
            screen.press("Filter")
            rows = [row.text for row in browser.all("main tbody tr")]
            self.assertEqual(len(rows), 1, rows)
            self.assertIn("Created", rows[0])
            export = screen.find("a", "Export as CSV").get_attribute("href").partition("/dashboard")[2]
            header, row = csv.reader(io.StringIO(screen.download(export)))
            # Spreadsheets would run it as a formula.
            self.assertIn(f"'=Audited {scripts}", row)
            export = screen.find("a", "Export as JSON lines").get_attribute("href").partition("/dashboard")[2]
            [line] = screen.download(export).splitlines()
            self.assertIn(f"=Audited {scripts}", json.dumps(json.loads(line)))
            screen.write("From", "2099-01-01T00:00").press("Filter")
            self.assertEqual(browser.all("main tbody tr"), [])
            self.assertEqual(screen.field("Page").find_element(By.CSS_SELECTOR, ":checked").text, f"=Audited {scripts}")


if __name__ == "__main__":
    unittest.main()
