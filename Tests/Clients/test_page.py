"""Tests the pages that people look at: with html5lib as HTML, and in Chromium as readers see them."""

import functools
import re
import unittest
import urllib.error
import urllib.request

import html5lib
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import shared_browser
from publishing import Publisher
from server import ROOT, Server

LANGUAGES = ["en", "de", "fr", "es", "pt-BR", "ja"]
OPEN_ALL = "document.querySelectorAll('details').forEach(details => { details.open = true })"
HOSTILE = "<script>window.pwned = 1</script> \"x\" 'y' & \u202e<img src=x onerror=\"window.pwned = 1\">"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2

PAGES = [
    {
        "slug": "acme", "name": "Acme Status", "description": "How Acme is doing",
        "site": {"locales": LANGUAGES, "support": "mailto:help@acme.example", "privacy": "https://acme.example/privacy",
                 "terms": "https://acme.example/terms", "home": "https://acme.example"},
        "structure": [
            {"component": {"key": "website", "name": "Website", "description": "www.acme.example"}},
            {"component": {"key": "long", "name": LONG}},
            {"component": {"key": "names", "name": "決済サービス · خدمة الدفع"}},
            {"group": {"key": "eu", "name": "EU", "description": "Servers in Europe",
                       "components": [{"key": "login", "name": "Login"}, {"key": "api", "name": "API"}]}},
            {"sub_page": {"key": "uk", "name": "UK", "items": [{"component": {"key": "pay", "name": "Payments"}}]}},
        ],
    },
    {"slug": "calm", "name": "Calm", "structure": [
        {"component": {"key": f"c{number}", "name": f"Component {number}"}} for number in range(20)]},
]


def setUpModule():
    global server, browser, kinds
    server = Server(pages=PAGES)
    unittest.addModuleCleanup(server.stop)
    publisher = Publisher(server)
    outage = publisher.declare("Login fails", "We are **looking** into it.", components={"Login": "full_outage"})
    for number in range(7):
        publisher.update(outage, f"Look number {number}, see https://acme.example/{'long/' * 30}")
    publisher.declare(HOSTILE, f"{HOSTILE}\n\n[x](javascript:window.pwned=1)", "monitoring")
    publisher.declare(LONG, LONG, "identified", {LONG: "degraded_performance", "API": "partial_outage"})
    over = publisher.declare("Slow website", components={"Website": "degraded_performance"})
    publisher.update(over, "All is well again.", "resolved")
    publisher.backfill("Website down", 24 * 130, {"Website": "full_outage"})
    publisher.backfill("Payments down", 24 * 20, {"Payments": "partial_outage"})
    planned = publisher.schedule("New disks")
    publisher.schedule("New routers", start=-0.5, components=("Payments",))
    # Every kind of page.
    kinds = {
        "front": "/acme", "calm": "/calm", "sub-page": "/acme/uk", "history": "/acme/history",
        "older history": "/acme/history?page=2", "empty history": "/calm/history", "incident": f"/acme/incidents/{outage}",
        "resolved incident": f"/acme/incidents/{over}", "maintenance": f"/acme/maintenances/{planned}",
        "subscribe": "/acme/subscribe", "not found": "/acme/none", "Japanese": "/acme?lang=ja",
        "German history": "/acme/history?lang=de",
    }
    browser = shared_browser()
    browser.time_zone("UTC")


def set_up(test):
    browser.size(1280)
    browser.scheme("light")


def fetch(path, **fields):
    """The answer's header fields and body, even of a 404."""
    request = urllib.request.Request(server.url + path, headers={
        "Accept": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.headers, error.read()


def on_every_page(test):
    """Runs a test on each kind of page, opened in the browser."""
    @functools.wraps(test)
    def run(self):
        for name, path in kinds.items():
            with self.subTest(name):
                test(self, browser.open(server.url + path))
    return run


def on_every_document(test):
    """Runs a test on each kind of page in each language, parsed without a browser."""
    @functools.wraps(test)
    def run(self):
        for name, path in kinds.items():
            for language in LANGUAGES if path.startswith("/acme") and "lang=" not in path else [None]:
                with self.subTest(name, language=language):
                    asked = path if language is None else f"{path}{'&' if '?' in path else '?'}lang={language}"
                    headers, body = fetch(asked)
                    self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
                    # Strict: the first parse error is raised.
                    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
                    test(self, parser.parse(body), language)
    return run


class MarkupTests(unittest.TestCase):
    @on_every_document
    def test_each_landmark_heading_and_id_is_unique_and_ordered(self, document, _):
        for landmark in ("header", "nav", "main", "footer", "h1"):
            self.assertEqual(len(document.findall(f".//{landmark}")), 1, landmark)
        self.assertEqual(len(document.findall("head/title")), 1)
        self.assertTrue(document.find(".//nav").get("aria-label"))
        levels = [int(element.tag[1]) for element in document.iter() if re.fullmatch("h[1-6]", str(element.tag))]
        for before, after in zip([0, *levels], levels):
            self.assertLessEqual(after, before + 1, levels)
        ids = [element.get("id") for element in document.iter() if element.get("id")]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertIn(document.find("body/a").get("href", "").removeprefix("#"), ids)

    @on_every_document
    def test_markup_contains_no_code(self, document, _):
        for element in document.iter():
            self.assertIsNone(element.get("style"))
            self.assertEqual([name for name in element.keys() if str(name).startswith("on")], [])
            self.assertFalse(element.get("href", "").lower().startswith(("javascript:", "data:")))
        for script in document.findall(".//script"):
            self.assertRegex(script.get("src"), r"^/assets/page\.[0-9a-f]+\.js$")
            self.assertIsNone(script.text)
        self.assertEqual(document.findall(".//style"), [])
        for picture in document.findall(".//img"):
            self.assertTrue(picture.get("src").startswith("/assets/"))

    @on_every_document
    def test_every_page_links_to_its_other_languages(self, document, language):
        self.assertIn(document.get("lang"), [language] if language else LANGUAGES)
        links = {link.get("hreflang") for link in document.findall("head/link[@hreflang]")}
        self.assertIn(links, [set(LANGUAGES), set()])

    def test_accept_language_selects_language(self):
        for accepted, language in (("de-CH, en;q=0.5", "de"), ("pt", "pt-BR"), ("nl", "en")):
            headers, body = fetch("/acme", Accept_Language=accepted)
            self.assertEqual(headers["Content-Language"], language)
            self.assertIn("Accept-Language", headers["Vary"])
            self.assertIn(f'<html lang="{language}"'.encode(), body)

    def test_front_page_is_small(self):
        """20 bars, with the style and the script, compressed: under 30 KB."""
        _, compressed = fetch("/calm", Accept_Encoding="br")
        _, page = fetch("/calm")
        size = len(compressed)
        self.assertEqual(page.count(b"data-uptime-of="), 20)
        for address in set(re.findall(rb'"(/assets/page\.[^"]+)"', page)):
            headers, asset = fetch(address.decode(), Accept_Encoding="br")
            self.assertEqual(headers["Content-Encoding"], "br")
            self.assertEqual(headers["Cache-Control"], "public, max-age=31536000, immutable")
            size += len(asset)
        self.assertLess(size, 30_000)


class LookTests(unittest.TestCase):
    setUp = set_up

    @on_every_page
    def test_pages_meet_wcag_in_both_colour_schemes(self, page):
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            self.assertEqual(page.violations(), {}, scheme)

    @on_every_page
    def test_pages_meet_wcag_on_phone_with_all_details_open(self, page):
        page.size(320)
        page.run(OPEN_ALL)
        self.assertEqual(page.violations(), {})

    @on_every_page
    def test_pages_fit_320_pixels(self, page):
        page.size(320)
        page.run(OPEN_ALL)
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 320)

    @on_every_page
    def test_console_is_silent_and_other_hosts_are_not_used(self, page):
        loaded = page.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
        self.assertEqual([url for url in loaded if not url.startswith(f"{server.url}/")], [])
        # Chromium also reports that a page itself is a 404.
        missing = f"{server.url}{kinds['not found']} - Failed to load"
        self.assertEqual([text for text in page.complaints() if not text.startswith(missing)], [])

    def test_hostile_texts_are_shown_as_text(self):
        browser.open(server.url + kinds["front"])
        self.assertIn("<img src=x onerror=", browser.text("#incidents"))
        self.assertIsNone(browser.run("return window.pwned || null"))
        self.assertEqual(browser.all("main script, main img, a[href^='javascript']"), [])

    @on_every_page
    def test_reduced_motion_stops_animations(self, page):
        page.scheme("light", prefers_reduced_motion="reduce")
        moving = page.run("""
            return [...document.querySelectorAll('*')].filter(element => {
              const style = getComputedStyle(element);
              return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0
                || style.scrollBehavior === 'smooth';
            }).map(element => element.outerHTML.slice(0, 80))""")
        self.assertEqual(moving, [])

    def test_statuses_keep_shapes_with_forced_colours(self):
        browser.scheme("light", forced_colors="active")
        browser.open(server.url + kinds["front"])
        hidden = browser.run("""
            return [...document.querySelectorAll('.s')].filter(element => {
              const shape = getComputedStyle(element, '::before');
              const ground = getComputedStyle(document.body).backgroundColor;
              return shape.content === 'none' || shape.backgroundColor === ground;
            }).length""")
        self.assertEqual(hidden, 0)


class UseTests(unittest.TestCase):
    setUp = set_up

    def focused(self, script="return document.activeElement.outerHTML.slice(0, 200)"):
        return browser.run(script)

    def press(self, *keys):
        ActionChains(browser.driver).send_keys(*keys).perform()

    def test_skip_link_is_first_and_leads_to_contents(self):
        browser.open(server.url + kinds["front"])
        self.press(Keys.TAB)
        self.assertEqual(self.focused("return document.activeElement.className"), "skip")
        box = self.focused("return document.activeElement.getBoundingClientRect().toJSON()")
        self.assertGreaterEqual(box["left"], 0)
        self.press(Keys.ENTER)
        self.assertEqual(self.focused("return document.activeElement.id || location.hash.slice(1)"), "main")

    def test_menu_works_by_keyboard(self):
        browser.open(server.url + kinds["front"])
        for _ in range(20):
            self.press(Keys.TAB)
            if self.focused("return document.activeElement.matches('header summary')"):
                break
        self.press(Keys.ENTER)
        self.assertTrue(browser.run("return document.querySelector('header details').open"))
        self.press(Keys.TAB)
        self.assertTrue(self.focused("return document.activeElement.matches('header details a')"))
        self.press(Keys.ESCAPE)
        self.assertFalse(browser.run("return document.querySelector('header details').open"))
        self.assertTrue(self.focused("return document.activeElement.matches('header summary')"))

    def test_menu_fits_320_pixels(self):
        browser.size(320)
        browser.open(server.url + kinds["front"])
        browser.find("header summary").click()
        box = browser.run("return document.querySelector('header details div').getBoundingClientRect().toJSON()")
        self.assertGreaterEqual(box["left"], 0)
        self.assertLessEqual(box["right"], 320)
        self.assertGreater(box["width"], 200)

    def test_every_control_shows_focus(self):
        browser.open(server.url + kinds["front"])
        seen = 0
        for _ in range(100):
            self.press(Keys.TAB)
            if self.focused("return document.activeElement === document.body"):
                break
            seen += 1
            style = self.focused("""
                const style = getComputedStyle(document.activeElement);
                return [style.outlineStyle, parseFloat(style.outlineWidth)]""")
            self.assertNotEqual(style[0], "none", self.focused())
            self.assertGreaterEqual(style[1], 2, self.focused())
        self.assertGreater(seen, 10)

    def test_times_are_in_readers_time_zone(self):
        browser.time_zone("Asia/Tokyo")
        try:
            browser.open(server.url + kinds["incident"])
            times = browser.run("""
                return [...document.querySelectorAll('main time[datetime*=T]')].map(
                  time => [time.dateTime, time.title, time.textContent])""")
        finally:
            browser.time_zone("UTC")
        self.assertGreater(len(times), 5)
        for moment, title, text in times:
            hour, minute = int(moment[11:13]), moment[14:16]
            self.assertIn(f"{hour:02}:{minute} UTC", title)
            here = (hour + 9) % 24
            self.assertRegex(text, rf"\b(?:{here:02}|{here % 12 or 12}|{here % 12:02}):{minute}")
            self.assertRegex(text, r"GMT\+9|JST")

    def test_pages_work_without_script(self):
        with browser.without_script():
            browser.open(server.url + kinds["front"])
            self.assertRegex(browser.text("main time"), r"\d\d:\d\d UTC$")
            summary = browser.find("#components details summary")
            details = browser.find("#components details")
            before = details.get_attribute("open")
            summary.click()
            self.assertNotEqual(details.get_attribute("open"), before)
            for name in ("history", "incident", "maintenance", "subscribe"):
                browser.open(server.url + kinds[name])
                self.assertTrue(browser.text("h1"))

    def test_language_link_changes_language(self):
        browser.open(server.url + kinds["front"])
        browser.find('footer a[hreflang="de"]').click()
        browser.until("return document.documentElement.lang === 'de'")
        # Links keep the language that the reader chose.
        browser.find("nav a[href*=history]").click()
        browser.until("return location.pathname.endsWith('/history')")
        self.assertEqual(browser.run("return document.documentElement.lang"), "de")


class StyleTests(unittest.TestCase):
    """The contrast of the style sheet's own colours (WCAG 2.2, contrast ratio)."""

    def contrast(self, one, other):
        def luminance(colour):
            shares = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
            red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
                                for share in shares)
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        darker, lighter = sorted((luminance(one), luminance(other)))
        return (lighter + 0.05) / (darker + 0.05)

    def test_colours_have_enough_contrast(self):
        style = (ROOT / "Sources" / "PublicPages" / "Site" / "Assets" / "page.css").read_text()
        blocks = [dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block)) for block in re.findall(r"{([^{}]*)}", style)]
        schemes = [block for block in blocks if "page" in block]
        self.assertEqual({scheme["page"] for scheme in schemes}, {"#ffffff", "#0f141a"})
        for scheme in schemes:
            self.assertGreater(len(scheme), 10)
            for name in ("text", "muted", "accent", "operational", "degraded", "partial", "full", "maintenance",
                         "incident"):
                for ground in ("page", "soft"):
                    with self.subTest(name, ground=scheme[ground]):
                        self.assertGreaterEqual(self.contrast(scheme[name], scheme[ground]), 4.5)
            self.assertGreaterEqual(self.contrast(scheme["no-data"], scheme["page"]), 3)


if __name__ == "__main__":
    unittest.main()
