"""Looks at every screen of the dashboard: at three widths, in both colour schemes, with axe."""

import os
import pathlib
import unittest

from browser import shared_browser
from dashboard import Dashboard
from publishing import Publisher
from server import Server

HOSTILE = "<script>window.pwned = 1</script> \"x\" 'y' & \u202e<img src=x onerror=\"window.pwned = 1\">"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
WIDTHS = (360, 768, 1280)
# The folder for pictures of all screens, for people who want to look at them.
PICTURES = os.environ.get("ALLCLEAR_SCREENSHOTS")

PAGES = [
    {"slug": "acme", "name": "Acme Status", "structure": [
        {"component": {"key": "api", "name": "API", "description": "For programs"}},
        {"component": {"key": "long", "name": LONG}},
        {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}},
        {"sub_page": {"key": "uk", "name": "UK", "items": [{"component": {"key": "pay", "name": "Payments"}}]}}]},
    {"slug": "inner", "name": "Inner", "kind": "internal"},
]


def setUpModule():
    global server, browser, screens
    server = Server(pages=PAGES, public_url="http://localhost")
    unittest.addModuleCleanup(server.stop)
    publisher = Publisher(server)
    outage = publisher.declare("Login fails", "We are **looking** into it.", components={"Login": "full_outage"})
    publisher.update(outage, HOSTILE)
    publisher.declare(HOSTILE, HOSTILE, "monitoring")
    publisher.declare(LONG, LONG, "identified", {LONG: "degraded_performance"})
    planned = publisher.schedule("New disks", components=("API",))
    browser = shared_browser()
    screen = Dashboard(server, browser).set_up()
    screen.open("/pages/new").write("Name", "Made").write("Slug", "made").press("Create page")
    server.key("status_page_viewer")
    key = server.call("GET", "/v1/api_keys", token=server.key("api_keys_manage"))["api_keys"][0]["id"]
    user = screen.open("/users").find("a", "Ada Lovelace").get_attribute("href").rpartition("/")[2]
    screens = {
        "status pages": "", "create page": "/pages/new", "archived pages": "/pages/archived", "page": "/pages/acme",
        "made page": "/pages/made", "incidents": "/pages/acme/incidents", "publish": "/pages/acme/incidents/new",
        "incident": f"/pages/acme/incidents/{outage}", "maintenances": "/pages/acme/maintenances",
        "schedule": "/pages/acme/maintenances/new", "maintenance": f"/pages/acme/maintenances/{planned}",
        "structure": "/pages/made/structure", "declared structure": "/pages/acme/structure",
        "templates": "/pages/made/templates", "new template": "/pages/made/templates/new",
        "subscribers": "/pages/acme/subscribers", "deliveries": "/pages/acme/deliveries",
        "settings": "/pages/made/settings", "declared settings": "/pages/acme/settings",
        "widget": "/pages/acme/settings/widget", "widget of an internal page": "/pages/inner/settings/widget",
        "domain": "/pages/made/settings/domain", "branding": "/pages/made/settings/branding",
        "keys": "/api-keys", "new key": "/api-keys/new", "key": f"/api-keys/{key}", "users": "/users",
        "invite": "/users/new", "user": f"/users/{user}", "audit": "/audit", "system": "/system",
        "account": "/account", "password": "/account/password", "second factor": "/account/two-factor",
        "sessions": "/account/sessions", "confirm": "/confirm", "not found": "/nowhere",
    }


class ScreenTests(unittest.TestCase):
    def look(self, name, path):
        """Looks at a screen in all widths and schemes."""
        screen = Dashboard(server, browser).open(path)
        self.assertIsNone(browser.run("return window.pwned ?? null"))
        self.assertTrue(browser.driver.title.endswith(" – Allclear"), browser.driver.title)
        self.assertEqual(browser.driver.title, f"{screen.heading} – Allclear")
        # Markup that was escaped by mistake becomes an attribute whose value begins with a quotation mark.
        escaped = browser.run("""
            return [...document.querySelectorAll('*')].filter(element =>
                [...element.attributes].some(attribute => attribute.value.startsWith('"'))).map(element => element.outerHTML)""")
        self.assertEqual(escaped, [], name)
        for width in WIDTHS:
            browser.size(width)
            overflow = browser.run("return document.documentElement.scrollWidth - window.innerWidth")
            self.assertLessEqual(overflow, 0, f"{name} is wider than {width} px")
            for scheme in ("light", "dark"):
                browser.scheme(scheme)
                self.assertEqual(browser.violations(), {}, f"{name}, {width} px, {scheme}")
                if PICTURES:
                    folder = pathlib.Path(PICTURES)
                    folder.mkdir(parents=True, exist_ok=True)
                    browser.driver.save_screenshot(str(folder / f"{name}-{width}-{scheme}.png".replace(" ", "-")))
        browser.size(360)
        small = browser.run("""
            const shown = [...document.querySelectorAll('main button, main .button, header .button, main select, main input:not([type=checkbox], [type=radio], [type=hidden])')]
                .filter(element => element.checkVisibility());
            return shown.filter(element => element.getBoundingClientRect().height < 43.5).map(element => element.outerHTML)""")
        self.assertEqual(small, [], f"targets of {name} are too small for a thumb")

    def test_every_screen(self):
        browser.driver.set_window_size(1280, 900)
        for name, path in screens.items():
            with self.subTest(screen=name):
                self.look(name, path)
        failed = [line for line in browser.complaints() if "404" not in line]
        self.assertEqual(failed, [])

    def test_screens_without_a_session(self):
        cookies = browser.driver.get_cookies()
        browser.driver.delete_all_cookies()
        try:
            for name, path in {"log in": "/login", "invitation": "/invitation", "reset": "/reset"}.items():
                with self.subTest(screen=name):
                    self.look(name, path)
        finally:
            for cookie in cookies:
                browser.driver.add_cookie(cookie)

    def test_first_view_is_small(self):
        """A phone on a bad line gets the form, the style and the script in at most 60 KB."""
        Dashboard(server, browser).open("/pages/acme/incidents/new")
        size = browser.run("""
            return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
                .reduce((sum, entry) => sum + entry.encodedBodySize, 0)""")
        self.assertGreater(size, 1_000)
        self.assertLessEqual(size, 60 * 1024)


if __name__ == "__main__":
    unittest.main()
