"""Chromium without a window, driven by selenium. Tests look at pages with it as readers do."""

import contextlib
import importlib.util
import pathlib
import shutil
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

# axe-core, in the wheel of axe-playwright-python.
AXE = pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js")
# WCAG 2.2 A and AA.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Generous: nothing is timed, and the machine may be busy.
PATIENCE = 60


class Browser:
    """A browser. Its settings last until they are changed."""

    def __init__(self):
        # Chromium of Debian keeps its crash reports and caches in the home directory.
        self.home = tempfile.TemporaryDirectory(prefix="allclear-test-", ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                         "--disable-background-networking", "--disable-component-update", "--lang=en",
                         # Chromium's sandbox does not run as root.
                         "--no-sandbox", f"--user-data-dir={self.home.name}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.set_script_timeout(PATIENCE)
        self.size(1280)
        self.scheme("light")

    def close(self):
        self.driver.quit()
        self.home.cleanup()

    def send(self, command, **parameters):
        """Sends a command of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    # Settings

    def size(self, width, height=900):
        """The size of the window in CSS pixels."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name, **others):
        """The colour scheme that the reader prefers, and other media features."""
        features = {"prefers_color_scheme": name, "prefers_reduced_motion": "no-preference", "forced_colors": "none",
                    **others}
        self.send("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def time_zone(self, name):
        self.send("Emulation.setTimezoneOverride", timezoneId=name)

    @contextlib.contextmanager
    def without_script(self):
        self.send("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield
        finally:
            self.allow_scripts()

    def allow_scripts(self):
        self.send("Emulation.setScriptExecutionDisabled", value=False)

    # Looking

    def open(self, url):
        self.driver.get(url)
        return self

    def run(self, script, *arguments):
        """The value of a function's body."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).get_attribute("textContent")

    def until(self, script, *arguments):
        """Waits until the function's body returns a true value, and returns that."""
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.1).until(lambda _: self.run(script, *arguments))

    def complaints(self):
        """The errors and warnings in the console since the last call: failed loads, breaches of the CSP, exceptions."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def violations(self):
        """The rules of WCAG 2.2 that the page breaks, as axe-core finds them, each with the elements."""
        self.run(AXE.read_text())
        # A change of the scheme fades in. Half-way, the contrast is that of neither scheme.
        self.until("return document.getAnimations().length === 0")
        result = self.driver.execute_async_script("""
            const done = arguments[1];
            axe.run(document, { runOnly: { type: 'tag', values: arguments[0] } }).then(done, error => done(`${error}`));
            """, WCAG)
        if isinstance(result, str):
            raise AssertionError(result)
        # If almost no rule applied, the page was not really checked.
        assert len(result["passes"]) > 5, result["passes"]
        return {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in result["violations"]}


def shared_browser():
    """A browser for all tests of a module; call it in `setUpModule`."""
    browser = Browser()
    unittest.addModuleCleanup(browser.close)
    return browser
