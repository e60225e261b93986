"""Tests the form to subscribe by email and the pages behind the links in emails, as readers see them."""

import base64
import hashlib
import hmac
import sqlite3
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import html5lib
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from browser import PATIENCE, shared_browser
from server import Server

LANGUAGES = ["en", "de", "fr", "es", "pt-BR", "ja"]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
PAGES = [
    {
        "slug": "acme", "name": "Acme Status",
        "site": {"locales": LANGUAGES},
        "structure": [
            {"component": {"key": "website", "name": "Website"}},
            {"component": {"key": "long", "name": LONG}},
            {"component": {"key": "names", "name": "決済サービス · خدمة الدفع"}},
            {"group": {"key": "eu", "name": "EU",
                       "components": [{"key": "login", "name": "Login"}, {"key": "api", "name": "API & <b>more</b>"}]}},
            {"sub_page": {"key": "uk", "name": "UK", "items": [{"component": {"key": "pay", "name": "Payments"}}]}},
        ],
    },
]
# Crockford's base 32.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PURPOSES = {"confirm": 1, "manage": 2, "unsubscribe": 3}


def setUpModule():
    global server, browser, links
    server = Server(
        pages=PAGES, mail={"host": "127.0.0.1", "port": 9, "tls": "none", "from": "status@acme.example"},
        subscribers={"sign_ups_per_client": 1000, "sign_ups_per_minute": 1000})
    unittest.addModuleCleanup(server.stop)
    browser = shared_browser()
    browser.time_zone("UTC")
    # Subscribers in each state, and the pages behind their links. The last fields are those of a POST; None means GET.
    asked, active, gone = (subscribe(f"{name}@example.com") for name in ("asked", "active", "gone"))
    confirm(active)
    confirm(gone)
    send(f"/acme/subscriptions/{token('unsubscribe', gone)}/unsubscribe", {})
    links = {
        "form": ("/acme/subscribe", None),
        "form of a sub-page": ("/acme/uk/subscribe", None),
        "form with faults": ("/acme/subscribe", {"email": "ada", "component_ids": "x"}),
        "sign-up": ("/acme/subscribe", {"email": "new@example.com"}),
        "confirm": (f"/acme/subscriptions/{token('confirm', asked, time.time() + 3600)}/confirm", None),
        "confirmed": (f"/acme/subscriptions/{token('confirm', active, time.time() + 3600)}/confirm", {}),
        "expired": (f"/acme/subscriptions/{token('confirm', asked, time.time() - 1)}/confirm", None),
        "manage": (f"/acme/subscriptions/{token('manage', active)}", None),
        "nothing chosen": (f"/acme/subscriptions/{token('manage', active)}", {}),
        "saved": (f"/acme/subscriptions/{token('manage', active)}", {"component_ids": component("Login")}),
        "inactive": (f"/acme/subscriptions/{token('manage', gone)}", None),
        "unsubscribe": (f"/acme/subscriptions/{token('unsubscribe', active)}/unsubscribe", None),
        "unsubscribed": (f"/acme/subscriptions/{token('unsubscribe', gone)}/unsubscribe", {}),
        "forged": ("/acme/subscriptions/AAAAAAAAAAAAAAAAAAAAAAAA", None),
    }


def query(statement, *values):
    with sqlite3.connect(f"file:{server.folder.name}/sdk.db?mode=ro", uri=True) as database:
        return database.execute(statement, values).fetchall()


def component(name):
    return query("SELECT id FROM components WHERE name = ?", name)[0][0]


def subscriber(address):
    """The id, state and scope of a subscriber."""
    return query("SELECT id, state, scope FROM subscribers WHERE address = ?", address)[0]


def subscribe(address):
    send("/acme/subscribe", {"email": address})
    return subscriber(address)[0]


def confirm(subscriber_id):
    send(f"/acme/subscriptions/{token('confirm', subscriber_id, time.time() + 3600)}/confirm", {})


def token(purpose, subscriber_id, expiry=0):
    """The token of a link, made as the server makes it: a payload, and the start of its HMAC."""
    def raw(ulid):
        number = 0
        for digit in ulid:
            number = number * 32 + DIGITS.index(digit)
        return number.to_bytes(16, "big")

    page = query("SELECT id FROM pages WHERE slug = 'acme'")[0][0]
    key = query("SELECT value FROM secrets WHERE name = 'subscriptions'")[0][0]
    payload = bytes([PURPOSES[purpose]]) + raw(subscriber_id) + int(expiry * 1000).to_bytes(8, "big")
    code = hmac.new(key, b"link" + raw(page) + payload, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(payload + code).decode().rstrip("=")


def send(path, form=None, **fields):
    """The status, header fields and body of an answer. Without a form it is a GET."""
    request = urllib.request.Request(
        server.url + path, data=None if form is None else urllib.parse.urlencode(form, doseq=True).encode(),
        headers={"Accept": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def show(path, form):
    """Opens a page in the browser. If a form is given, the browser sends it to that page, even if it is invalid."""
    browser.open(server.url + (path if form is None else "/acme/history"))
    if form is None:
        return
    browser.run("""
        const form = document.createElement('form');
        form.method = 'post';
        form.action = arguments[0];
        for (const [name, value] of Object.entries(arguments[1])) {
            const field = document.createElement('input');
            Object.assign(field, { name, value });
            form.append(field);
        }
        document.body.append(form);
        form.submit();
        """, path, form)
    browser.until("return location.pathname === arguments[0] && document.readyState === 'complete'", path)


class SubscribeTests(unittest.TestCase):
    def setUp(self):
        browser.size(1280)
        browser.scheme("light")

    def every_page(self):
        for name, (path, form) in links.items():
            with self.subTest(name):
                show(path, form)
                yield name

    def test_html_is_valid_in_every_language(self):
        for name, (path, form) in links.items():
            for language in LANGUAGES:
                with self.subTest(name, language=language):
                    _, headers, body = send(f"{path}?lang={language}", form)
                    self.assertEqual(headers["Content-Language"], language)
                    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
                    document = parser.parse(body)
                    self.assertEqual(document.get("lang"), language)
                    for landmark in ("header", "nav", "main", "footer", "h1"):
                        self.assertEqual(len(document.findall(f".//{landmark}")), 1, landmark)
                    ids = [element.get("id") for element in document.iter() if element.get("id")]
                    self.assertEqual(len(ids), len(set(ids)))
                    for element in document.iter():
                        self.assertIsNone(element.get("style"))
                        for described in (element.get("aria-describedby") or "").split():
                            self.assertIn(described, ids)
                    self.assertEqual(document.findall(".//script"), [])

    def test_pages_meet_wcag_in_both_colour_schemes(self):
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            for _ in self.every_page():
                browser.run("document.querySelectorAll('details').forEach(details => { details.open = true })")
                self.assertEqual(browser.violations(), {})

    def test_pages_fit_narrow_screen(self):
        browser.size(320)
        for _ in self.every_page():
            browser.run("document.querySelectorAll('main details').forEach(details => { details.open = true })")
            self.assertEqual(browser.run("return document.documentElement.scrollWidth"), 320)

    def test_no_page_breaks_policy(self):
        browser.complaints()
        for name in self.every_page():
            # The browser complains about every status that is an error.
            complaints = [text for text in browser.complaints() if "the server responded with a status of" not in text]
            self.assertEqual(complaints, [], name)

    def press(self, *keys):
        ActionChains(browser.driver).send_keys(*keys).perform()

    def test_form_works_by_keyboard_without_script(self):
        for language, titles in {
            "en": ["Check your inbox", "You are subscribed", "Your subscription", "Unsubscribe", "You are unsubscribed"],
            "de": ["Sehen Sie in Ihr Postfach", "Sie haben abonniert", "Ihr Abonnement", "Abbestellen",
                   "Sie haben abbestellt"],
        }.items():
            address = f"keyboard-{language}@example.com"
            with browser.without_script():
                browser.open(f"{server.url}/acme/subscribe?lang={language}")
                browser.find("body").click()
                steps = ["#address", "form summary", "form li:first-child [type=checkbox]", "button.main"]
                self.fill(steps, address)
                self.arrive(titles[0])
            self.assertEqual(subscriber(address)[1], "pending")
            requested = query("SELECT requested_scope FROM subscribers WHERE address = ?", address)[0][0]
            self.assertEqual(requested, "c" + component("Website"))
            subscriber_id = subscriber(address)[0]
            with browser.without_script():
                link = f"/acme/subscriptions/{token('confirm', subscriber_id, time.time() + 60)}/confirm?lang={language}"
                browser.open(server.url + link)
                self.assertEqual(subscriber(address)[1], "pending")
                self.press_on("button.main", titles[1])
                self.assertEqual(subscriber(address)[1], "active")
                self.press_on("main .all a", titles[2])
                self.assertEqual(browser.find("html").get_attribute("lang"), language)
                boxes = browser.all("main [type=checkbox]")
                self.assertEqual([box.is_selected() for box in boxes], [True] + [False] * 5)
                boxes[3].send_keys(Keys.SPACE)
                self.press_on("button.main", titles[2], ".done")
                self.assertEqual(subscriber(address)[2], f"c{component('Website')} c{component('Login')}")
                self.press_on("button[name=whole_page]", titles[2], "main [type=checkbox]:not(:checked)")
                self.assertIsNone(subscriber(address)[2])
                self.press_on("main .all a", titles[3])
                self.assertEqual(subscriber(address)[1], "active")
                self.press_on("button.main", titles[4])
                self.assertEqual(subscriber(address)[1], "unsubscribed")

    def press_on(self, selector, title, *others):
        """Presses a link or button, and waits for the next page."""
        before = browser.find("html")
        browser.find(selector).send_keys(Keys.ENTER)
        self.wait(lambda: browser.find("html") != before)
        self.arrive(title, *others)

    def arrive(self, title, *others):
        """Waits for a page. Scripts are off, so the page cannot be asked by script."""
        for selector in ("footer", *others):
            self.wait(lambda selector=selector: browser.all(selector))
        self.wait(lambda: browser.find("h1").text == title)

    @staticmethod
    def wait(condition):
        # While one page replaces the other, the driver reports various errors about elements.
        WebDriverWait(browser.driver, PATIENCE, ignored_exceptions=[WebDriverException]).until(lambda _: condition())

    def fill(self, steps, address):
        """Goes through the form with the keyboard. Scripts are off, but the driver can still ask for the focus."""
        for step in steps:
            for _ in range(40):
                self.press(Keys.TAB)
                focused = browser.driver.switch_to.active_element
                if focused == browser.find(step):
                    break
            else:
                self.fail(f"{step} cannot be reached by keyboard")
            self.assertNotEqual(focused.get_attribute("id"), "website")
            if step == "#address":
                self.press(address)
            elif step == "button.main":
                self.press(Keys.ENTER)
            else:
                self.press(Keys.SPACE)

    def test_fault_keeps_entries_and_is_next_to_field(self):
        show("/acme/subscribe", {"email": "a b", "component_ids": component("Login")})
        field = browser.find("#address")
        self.assertEqual(field.get_attribute("value"), "a b")
        self.assertEqual(field.get_attribute("aria-invalid"), "true")
        self.assertEqual(browser.driver.switch_to.active_element, field)
        described = field.get_attribute("aria-describedby").split()
        self.assertIn("address-error", described)
        self.assertTrue(browser.find("#address-error").is_displayed())
        checked = [box.get_attribute("value") for box in browser.all("main :checked")]
        self.assertEqual(checked, [component("Login")])

    def test_trap_field_is_hidden(self):
        browser.open(f"{server.url}/acme/subscribe")
        trap = browser.find("#website")
        self.assertFalse(trap.is_displayed())
        self.assertEqual(trap.get_attribute("tabindex"), "-1")
        _, _, usual = send("/acme/subscribe", {"email": "seen@example.com", "website": ""})
        status, _, trapped = send("/acme/subscribe", {"email": "trapped@example.com", "website": "https://x.example"})
        self.assertEqual((status, trapped), (202, usual))
        self.assertEqual(query("SELECT count(*) FROM subscribers WHERE address = 'trapped@example.com'"), [(0,)])

    def test_menu_offers_email_first(self):
        browser.open(f"{server.url}/acme")
        browser.find(".menu summary").click()
        first = browser.find(".menu li:first-child a")
        self.assertEqual(first.text, "Email")
        first.click()
        self.assertEqual(browser.run("return location.pathname + location.hash"), "/acme/subscribe#email")


if __name__ == "__main__":
    unittest.main()
