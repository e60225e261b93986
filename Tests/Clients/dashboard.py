"""Uses the dashboard as people do: finds fields, buttons and links by their names."""

import re
import unittest
import urllib.request

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from browser import PATIENCE
from server import BINARY, succeed

PASSWORD = "correct horse battery staple"

# The element with a role and an accessible name, as browsers compute it. Selenium has no locator for that.
FIND = """
    const [kinds, name] = arguments;
    const text = element => (element.getAttribute('aria-label') ?? element.textContent).replace(/\\s+/g, ' ').trim();
    const shown = element => element.checkVisibility();
    for (const element of document.querySelectorAll(kinds)) if (shown(element) && text(element) === name) return element;
    return null;
    """
FIELD = """
    const name = arguments[0];
    const text = element => element.textContent.replace(/\\s+/g, ' ').trim();
    for (const label of document.querySelectorAll('label')) {
        if (text(label) === name && label.control && label.checkVisibility()) return label.control;
    }
    return null;
    """


class Dashboard:
    """A browser in the dashboard of a server."""

    def __init__(self, server, browser):
        self.browser = browser
        self.driver = browser.driver
        # `localhost`, so that cookies need no TLS.
        self.url = server.url.replace("127.0.0.1", "localhost")
        self.server = server

    # Going

    def open(self, path=""):
        self.driver.get(f"{self.url}/dashboard{path}")
        return self

    @property
    def path(self):
        """The path of the screen below `/dashboard`, without the query."""
        return self.driver.current_url.removeprefix(f"{self.url}/dashboard").split("?")[0]

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def errors(self):
        """The messages in the summary of problems."""
        return [item.text for item in self.driver.find_elements(By.CSS_SELECTOR, ".faults li")]

    def until(self, condition):
        # While a page changes, elements that were found are gone.
        wait = WebDriverWait(
            self.driver, PATIENCE, poll_frequency=0.05,
            ignored_exceptions=[NoSuchElementException, StaleElementReferenceException])
        return wait.until(lambda _: condition())

    # Finding by name

    def find(self, kinds, name):
        element = self.browser.run(FIND, kinds, name)
        if element is None:
            raise NoSuchElementException(f"no {kinds} is named {name!r} on {self.driver.current_url}: {self.text}")
        return element

    def has(self, kinds, name):
        return self.browser.run(FIND, kinds, name) is not None

    def field(self, name):
        element = self.browser.run(FIELD, name)
        if element is None:
            raise NoSuchElementException(f"no field is named {name!r} on {self.driver.current_url}: {self.text}")
        return element

    # Doing

    def press(self, name):
        """Presses a button or follows a link, and waits for the next screen."""
        element = self.find("button, a, summary", name)
        page = self.driver.find_element(By.TAG_NAME, "html")
        element.click()
        WebDriverWait(self.driver, PATIENCE, poll_frequency=0.02).until(lambda _: self._is_gone(page))
        return self

    def _is_gone(self, page):
        try:
            page.is_enabled()
        except Exception:  # Each driver has its own error for an element of an earlier page.
            return self.browser.run("return document.readyState") == "complete"
        return False

    def fill(self, **values):
        """Fills fields by name, with underscores for spaces: `fill(Time_zone="UTC")`."""
        for name, value in values.items():
            self.write(name.replace("_", " "), value)
        return self

    def write(self, name, value):
        field = self.field(name)
        if field.tag_name == "select":
            Select(field).select_by_visible_text(value)
        elif field.get_attribute("type") in ("checkbox", "radio"):
            if field.is_selected() != value:
                field.click()
        elif field.get_attribute("type") in ("date", "datetime-local", "time"):
            # Typing depends on the browser's language.
            self.browser.run(
                "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
                field, value)
        else:
            field.clear()
            field.send_keys(value)
        return self

    # Getting in

    def set_up(self, email="ada@acme.example", name="Ada Lovelace"):
        """Makes the first owner."""
        link = succeed(BINARY, "users", "setup-link", "--config", str(self.server.config)).stdout.split()[-1]
        self.driver.get(f"{self.url}/dashboard/setup#{link.rpartition('#')[2]}")
        self.until(lambda: self.field("Set-up token").get_attribute("value"))
        self.write("Name", name).write("Email", email).write("Password", PASSWORD)
        return self.press("Create owner account")

    def log_in(self, email="ada@acme.example", password=PASSWORD):
        self.open("/login")
        self.write("Email", email).write("Password", password)
        return self.press("Log in")

    def log_out(self):
        return self.press("Log out")

    def accept_invitation(self, email, name, role="viewer"):
        """Makes a user by the command line, and logs in as that user."""
        made = succeed(BINARY, "users", "create", "--config", str(self.server.config),
                       "--email", email, "--name", name, "--role", role)
        self.browser.driver.delete_all_cookies()
        self.open("/login")
        self.driver.get(f"{self.url}/dashboard/invitation")
        self.write("Code", re.search(r"invitation#(\S+)", made.stdout).group(1)).write("Password", PASSWORD)
        return self.press("Create account")

    # Looking without the browser

    def download(self, path):
        """The body of an answer to the logged-in user."""
        cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in self.driver.get_cookies())
        request = urllib.request.Request(f"{self.url}/dashboard{path}", headers={"Cookie": cookies})
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read().decode()


class DashboardTestCase(unittest.TestCase):
    """Logs in before each test, and reads the console after it. Modules set the server and the browser."""

    server = browser = None

    def setUp(self):
        self.browser.size(1280)
        # A failed test may have left scripts off.
        self.browser.allow_scripts()
        self.screen = Dashboard(self.server, self.browser)
        self.browser.driver.delete_all_cookies()
        self.screen.log_in()

    def tearDown(self):
        self.assertEqual([line for line in self.browser.complaints() if " 4" not in line], [])

    def both(self):
        """With scripts, and without."""
        yield True
        with self.browser.without_script():
            yield False

    def focused(self):
        return self.browser.driver.switch_to.active_element

    def tab_to(self, name):
        """Presses Tab until the focus is on something with a name."""
        for _ in range(80):
            self.focused().send_keys(Keys.TAB)
            if self.focused_name() == name:
                return self.focused()
        raise AssertionError(f"the focus did not reach {name}")

    def focused_name(self):
        return self.browser.run("""
            const element = document.activeElement;
            const text = node => (node?.textContent ?? '').replace(/\\s+/g, ' ').trim();
            return element.getAttribute('aria-label') ?? (element.labels?.length ? text(element.labels[0]) : text(element));""")
