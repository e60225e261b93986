"""Makes and changes pages in the dashboard in Chromium: by name, with scripts and without."""

import json
import pathlib
import signal
import struct
import tempfile
import unittest
import urllib.error
import urllib.request
import zlib

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import shared_browser
from dashboard import Dashboard, DashboardTestCase
from publishing import Publisher
from server import Server
from test_proxy import free_port

PAGES = [
    {"slug": "acme", "name": "Acme Status", "structure": [{"component": {"key": "api", "name": "API"}}]},
    {"slug": "leaver", "name": "Leaver", "description": "Declared first", "structure": [
        {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}}]},
]


def setUpModule():
    global server, browser
    port = free_port()
    # Tests open the addresses that the screens show.
    server = Server(pages=PAGES, listen=f"127.0.0.1:{port}", public_url=f"http://localhost:{port}")
    unittest.addModuleCleanup(server.stop)
    browser = shared_browser()
    PageTests.server, PageTests.browser = server, browser
    Dashboard(server, browser).set_up()


def get(path):
    with urllib.request.urlopen(server.url + path, timeout=30) as response:
        return response.read().decode()


def status(path):
    """The status of an answer without a session."""
    try:
        with urllib.request.urlopen(server.url + path, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def summary(slug):
    """The page's widget."""
    return json.loads(get(f"/{slug}/api/v1/summary"))


def png(width, height):
    """A grey picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class PageTests(DashboardTestCase):
    def make_page(self, name, *components):
        slug = name.lower().replace(" ", "-")
        screen = self.screen.open("/pages/new")
        screen.write("Name", name).write("Slug", slug).press("Create page")
        for component in components:
            screen.press("Add component").write("Name", component).press("Done")
        if components:
            screen.press("Save structure")
        return slug

    def names(self):
        """The names of the structure's items, in order."""
        return browser.run("return [...document.querySelectorAll('.tree .name')].map(name => name.textContent)")

    # Structure

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

    def test_sub_page_and_group_and_faults(self):
        for scripts in self.both():
            slug = self.make_page(f"Deep {scripts}")
            screen = self.screen
            self.assertIn("Nothing on this page yet", screen.text)
            for kind, name in (("Add sub-page", "UK"), ("Add group", "Bank")):
                screen.press(kind).write("Name", name)
                if name == "Bank":
                    screen.write("Inside", "UK")
                screen.press("Done")
            screen.press("Add component").write("Name", "Payments").write("Inside", "UK › Bank")
            screen.write("Key", "not a key!").press("Done")
            self.assertEqual(len(screen.errors), 1, screen.text)
            self.assertEqual(screen.field("Name").get_attribute("value"), "Payments")
            screen.write("Key", "pay").write("Description", "By card").press("Done")
            # Nobody sees it before it is saved.
            self.assertNotIn("UK", get(f"/{slug}"))
            screen.press("Preview")
            # The group is closed.
            self.assertIn("Payments", browser.text("main"))
            screen.press("Back to editing").press("Save structure")
            self.assertIn("Payments", get(f"/{slug}/uk"))
            screen.press("Edit Payments")
            screen.write("Name", "Cards").press("Done").press("Remove UK")
            self.assertEqual(self.names(), [])
            screen.press("Discard changes")
            self.assertEqual(self.names(), ["UK", "Bank", "Payments"])

    def test_structure_by_keyboard(self):
        slug = self.make_page("By Keyboard", "One", "Two", "Three")
        screen = self.screen
        self.tab_to("Move Three up").send_keys(Keys.ALT, Keys.ARROW_UP)
        screen.until(lambda: self.names() == ["One", "Three", "Two"])
        screen.until(lambda: browser.text("#announcement") == "Three moved up: 2 of 3")
        self.assertEqual(self.focused_name(), "Move Three up")
        self.focused().send_keys(Keys.ALT, Keys.ARROW_UP)
        screen.until(lambda: self.names() == ["Three", "One", "Two"])
        # The first item cannot move up, so its button is disabled and the focus is on the item.
        screen.until(lambda: browser.run("return document.activeElement.dataset.name") == "Three")
        self.focused().send_keys(Keys.ALT, Keys.ARROW_UP)
        screen.until(lambda: browser.text("#announcement") == "Three is first already")
        self.focused().send_keys(Keys.ALT, Keys.ARROW_DOWN)
        screen.until(lambda: self.names() == ["One", "Three", "Two"])
        # The buttons load the screen again, and the focus returns to them.
        self.tab_to("Move Two up").send_keys(Keys.ENTER)
        screen.until(lambda: self.names() == ["One", "Two", "Three"])
        screen.until(lambda: browser.text("#announcement") == "Two moved up: 2 of 3")
        self.assertEqual(self.focused_name(), "Move Two up")
        self.tab_to("Remove Three").send_keys(Keys.ENTER)
        screen.until(lambda: self.names() == ["One", "Two"])
        self.tab_to("Save structure").send_keys(Keys.ENTER)
        screen.until(lambda: "Saved." in screen.text)
        html = get(f"/{slug}")
        self.assertLess(html.index("One"), html.index("Two"))
        self.assertNotIn("Three", html)

    def test_structure_by_drag_and_drop(self):
        self.make_page("By Mouse", "One", "Two", "Three")
        screen = self.screen
        rows = {name.text: name for name in browser.all(".tree .name")}
        height = browser.find(".tree .item").size["height"]
        # The first move over an item only enters it.
        ActionChains(browser.driver).click_and_hold(rows["Three"]).move_to_element(rows["Two"]) \
            .move_to_element_with_offset(rows["One"], 0, -int(height / 3)).move_by_offset(1, 1).move_by_offset(1, 1) \
            .release().perform()
        screen.until(lambda: self.names() == ["Three", "One", "Two"])
        self.assertEqual(browser.text("#announcement"), "Three moved: 1 of 3")
        screen.press("Save structure")
        self.assertEqual(self.names(), ["Three", "One", "Two"])

    def test_second_structure_is_not_lost(self):
        for scripts in self.both():
            slug = self.make_page(f"Twice {scripts}", "One")
            screen = self.screen
            screen.press("Add component").write("Name", "Mine").press("Done")
            screen.accept_invitation(f"editor-{scripts}@acme.example".lower(), "Edith", "editor")
            screen.open(f"/pages/{slug}/structure")
            self.assertEqual(self.names(), ["One"])
            screen.press("Add component").write("Name", "Hers").press("Done").press("Save structure")
            browser.driver.delete_all_cookies()
            screen.log_in()
            screen.open(f"/pages/{slug}/structure").press("Save structure")
            self.assertIn("Hers", screen.text)
            self.assertIn("Mine", screen.text)
            self.assertNotIn("Mine", get(f"/{slug}"))
            screen.press("Keep mine")
            self.assertIn("Mine", get(f"/{slug}"))
            self.assertNotIn("Hers", get(f"/{slug}"))

    # Settings

    def test_branding_with_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            logo, drawing = pathlib.Path(folder, "logo.png"), pathlib.Path(folder, "logo.gif")
            logo.write_bytes(png(40, 20))
            drawing.write_bytes(b"GIF89a" + bytes(20))
            for scripts in self.both():
                slug = self.make_page(f"Branded {scripts}")
                screen = self.screen.open(f"/pages/{slug}/settings").press("Branding")
                screen.field("Logo").send_keys(str(drawing))
                screen.write("Accent", "#0a62c9").write("Support", "mailto:help@acme.example").press("Save")
                self.assertEqual(len(screen.errors), 1, screen.text)
                self.assertEqual(screen.field("Accent").get_attribute("value"), "#0a62c9")
                screen.field("Logo").send_keys(str(logo))
                screen.press("Save")
                self.assertEqual(screen.errors, [])
                self.assertIn("40 × 20 pixels", screen.text)
                self.assertEqual(browser.run("return document.querySelector('.picture img').naturalWidth"), 40)
                browser.open(f"{screen.url}/{slug}")
                self.assertEqual(browser.run("return document.querySelector('header img').naturalWidth"), 40)
                self.assertIn("mailto:help@acme.example", get(f"/{slug}"))
                screen.open(f"/pages/{slug}/settings/branding").write("Remove the logo", True).press("Save")
                self.assertEqual(browser.all(".picture"), [])

    def test_widget_switch_and_preview(self):
        for scripts in self.both():
            slug = self.make_page(f"Switched {scripts}")
            screen = self.screen.open(f"/pages/{slug}/settings").press("Widget API")
            screen.write("Widget API enabled", False).press("Save")
            self.assertEqual(status(f"/{slug}/api/v1/summary"), 404)
            self.assertIn('"ongoing_incidents": []', screen.text)
            screen.write("Widget API enabled", True).write("Cache seconds", "-1")
            browser.run("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
            screen.press("Save")
            self.assertEqual(len(screen.errors), 1)
            self.assertTrue(screen.field("Widget API enabled").is_selected())
            screen.write("Cache seconds", "20").press("Save")
            address = screen.field("Widget URL").get_attribute("value")
            self.assertEqual(address, f"{screen.url}/{slug}/api/v1/summary")
            self.assertEqual(summary(slug)["ongoing_incidents"], [])
            if scripts:
                # The preview follows what is published elsewhere.
                Publisher(server).declare("Seen in the preview", page=f"Switched {scripts}")
                screen.until(lambda: "Seen in the preview" in screen.text)

    def test_declared_page_is_read_only(self):
        for _ in self.both():
            for path in ("settings", "settings/widget", "settings/domain", "settings/branding", "structure"):
                screen = self.screen.open(f"/pages/acme/{path}")
                self.assertIn("Declared in the configuration at /pages/0.", screen.text, path)
                for name in ("Save settings", "Save", "Save structure", "Add component", "Archive page"):
                    self.assertFalse(screen.has("button, a", name), f"{path}: {name}")
        self.screen.open("/pages/acme/settings")
        post = """
            const [path, done] = arguments;
            const csrf = document.querySelector('[name=csrf]').value;
            fetch(path, {method: 'POST', body: new URLSearchParams({csrf, name: 'Changed'})})
                .then(answer => done(answer.status))"""
        for path in ("settings", "settings/widget", "settings/domain", "settings/archive", "structure/save"):
            answer = browser.driver.execute_async_script(post, f"/dashboard/pages/acme/{path}")
            self.assertEqual(answer, 409, path)

    # Archiving

    def test_page_is_archived_and_restored(self):
        for scripts in self.both():
            slug = self.make_page(f"Old {scripts}", "One")
            screen = self.screen.open(f"/pages/{slug}/incidents/new")
            screen.write("Name", "Still going on").write("Message", "Broken.").press("Review").press("Publish")
            screen.open(f"/pages/{slug}/settings").press("Archive page")
            self.assertIn("Still going on", screen.text)
            self.assertEqual(status(f"/{slug}"), 200)
            screen.press("Archive page anyway")
            self.assertEqual(status(f"/{slug}"), 404)
            screen.open().press("Archived pages")
            self.assertIn(f"Old {scripts}", screen.text)
            screen.press("Restore")
            self.assertIn("Still going on", screen.text)
            self.assertEqual(status(f"/{slug}"), 200)

    def test_page_leaves_the_file_and_returns(self):
        screen = self.screen
        settings = json.loads(server.config.read_text())
        self.reload({**settings, "pages": PAGES[:1]})
        self.until_shown("/pages/archived", "Leaver")
        self.assertEqual(status("/leaver"), 404)
        screen.press("Take over in the dashboard")
        self.assertEqual(screen.heading, "Leaver")
        self.assertEqual(status("/leaver"), 200)
        screen.open("/pages/leaver/settings").write("Description", "Made now").press("Save settings")
        screen.press("Export as configuration")
        exported = json.loads(screen.field("Configuration").get_attribute("value"))
        self.assertEqual(exported["description"], "Made now")
        before = get("/leaver")
        self.reload({**settings, "pages": [PAGES[0], {**exported, "adopt": True}]})
        self.until_shown("/pages/leaver/settings", "Declared in the configuration at /pages/1.")
        self.assertEqual(screen.field("Description").get_attribute("value"), "Made now")
        self.assertEqual(get("/leaver"), before)

    def reload(self, settings):
        server.config.write_text(json.dumps(settings))
        server.process.send_signal(signal.SIGHUP)

    def until_shown(self, path, text):
        self.screen.until(lambda: text in self.screen.open(path).text)


if __name__ == "__main__":
    unittest.main()
