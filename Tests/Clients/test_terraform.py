"""Replays the requests that incident.io's Terraform provider sends in the life of a page's structure."""

import concurrent.futures
import json
import unittest
import urllib.error
import urllib.request

from server import BINARY, Server, succeed

CLAIM = {"incident.io/terraform/version": "1.13.4"}


class Provider:
    """Sends requests as the provider does, and accepts only the answers that the provider accepts."""

    def __init__(self, url, token):
        self.url = url
        self.token = token

    def send(self, method, path, body=None):
        """Returns the status, and the JSON of the answer."""
        # Go writes these characters as escapes.
        text = None if body is None else json.dumps(body).replace("<", r"\u003c").replace("&", r"\u0026")
        request = urllib.request.Request(
            self.url + path, method=method, data=text.encode() if text else None,
            headers={
                "Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                "User-Agent": "terraform-provider-incident/7.0.0"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                content = response.read()
                if content and "json" not in response.headers["Content-Type"]:
                    raise AssertionError(f"{method} {path}: the answer is not JSON")
                return response.status, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def expect(self, status, method, path, body=None):
        answered, content = self.send(method, path, body)
        if answered != status:
            raise AssertionError(f"{method} {path}: {answered} {content}")
        return content

    def find_page(self, name):
        """The only page with a name, from the whole list."""
        found, after = [], ""
        while after is not None:
            content = self.expect(200, "GET", f"/v2/status_pages?page_size=250{after}")
            found += [page["id"] for page in content["status_pages"] if page["name"] == name]
            last = content["pagination_meta"].get("after")
            after = f"&after={last}" if last else None
        (page,) = found
        return page

    def claim(self, kind, identifier, annotations=None):
        content = self.expect(200, "POST", "/v2/managed_resources", {
            "resource_type": kind, "resource_id": identifier, "annotations": CLAIM if annotations is None else annotations})
        return content["managed_resource"]

    def create_component(self, name, **more):
        content = self.expect(201, "POST", "/v2/status_page_components", {"name": name, **more})
        identifier = content["status_page_component"]["id"]
        self.claim("status_page_component", identifier)
        return identifier

    def component(self, identifier):
        return self.expect(200, "GET", f"/v2/status_page_components/{identifier}")["status_page_component"]

    def structure(self, page):
        return self.expect(200, "GET", f"/v2/status_page_structures/{page}")

    def set_structure(self, page, items, mode=None):
        """Replaces the structure. A group with a name that the page has keeps its id."""
        current = self.structure(page)["current_structure"]["items"]
        ids = {item["group"]["name"]: item["group"]["id"] for item in current if "group" in item}
        body = {"items": []}
        for item in items:
            if "group" in item:
                group = {"description": "", **item["group"]}
                if group["name"] in ids:
                    group["id"] = ids[group["name"]]
                item = {"group": group}
            body["items"].append(item)
        if mode:
            body["display_uptime_mode"] = mode
        return self.expect(200, "PUT", f"/v2/status_page_structures/{page}", body)


def component(identifier, **flags):
    return {"component_id": identifier, **flags}


class TerraformTests(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.provider = Provider(self.server.url, self.server.key("manage_settings"))

    def run_pages(self, *arguments):
        return succeed(BINARY, "pages", *arguments, "--config", self.server.config).stdout.strip()

    def make_page(self, name="Made Status"):
        page = self.run_pages("create", "--slug", "made", "--name", name)
        self.server.until(lambda: self.provider.send("GET", f"/v2/status_pages/{page}")[0] == 200)
        return page

    def meta(self, content):
        return content["management_meta"]["managed_by"], content["management_meta"]["annotations"]

    def test_whole_life(self):
        provider = self.provider
        page = self.make_page()
        self.assertEqual(provider.find_page("Made Status"), page)

        # Apply: components, ten at once, then the structure.
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            names = ["A <b> & c", "B", "C", "D"]
            a, b, c, d = pool.map(provider.create_component, names)
        made = provider.set_structure(page, [
            {"component": component(a, hidden=True)},
            {"group": {"name": " EU <1> ", "description": " Both.\n", "components": [component(b), component(c, display_uptime=False)]}},
        ], "chart_only")
        claimed = provider.claim("status_page_structure", page)
        self.assertEqual(claimed, {
            "resource_type": "status_page_structure", "resource_id": page, "managed_by": "terraform", "annotations": CLAIM})

        # Refresh: the provider reads what it sent.
        read = provider.structure(page)
        self.assertEqual(read["current_structure"], made["current_structure"])
        self.assertEqual(self.meta(read), ("terraform", CLAIM))
        self.assertEqual(read["display_uptime_mode"], "chart_only")
        group = read["current_structure"]["items"][1]["group"]
        self.assertEqual((group["name"], group["description"]), (" EU <1> ", " Both.\n"))
        self.assertEqual(provider.component(a)["name"], "A <b> & c")
        self.assertEqual(self.meta(provider.component(a)), ("terraform", CLAIM))

        # The order changes, and the settings are no longer in the configuration.
        moved = provider.set_structure(page, [
            {"group": {"name": " EU <1> ", "components": [component(c), component(a), component(b)]}},
            {"component": component(d)},
        ])
        first = moved["current_structure"]["items"][0]["group"]
        self.assertEqual(first["id"], group["id"])
        self.assertNotIn("description", first)
        self.assertEqual(
            [(one["component_id"], one["hidden"], one["display_uptime"]) for one in first["components"]],
            [(c, False, False), (a, True, True), (b, False, True)])
        self.assertEqual(moved["display_uptime_mode"], "chart_only")
        self.assertEqual(self.meta(moved), ("terraform", CLAIM))

        # A group with another name is another group.
        renamed = provider.set_structure(page, [
            {"group": {"name": "Europe", "components": [component(c), component(a), component(b)]}},
            {"component": component(d)},
        ])
        self.assertNotEqual(renamed["current_structure"]["items"][0]["group"]["id"], group["id"])

        # A component without a description in the configuration has none.
        provider.expect(200, "PUT", f"/v2/status_page_components/{d}", {"name": "Dee", "description": "The last."})
        self.assertEqual(provider.component(d)["description"], "The last.")
        provider.expect(200, "PUT", f"/v2/status_page_components/{d}", {"name": "Dee"})
        self.assertNotIn("description", provider.component(d))
        self.assertEqual(
            provider.structure(page)["current_structure"]["items"][1]["component"]["name"], "Dee")

        # Import: the provider claims before it reads.
        provider.claim("status_page_structure", page, {})
        provider.claim("status_page_structure", page)
        self.assertEqual(self.meta(provider.structure(page)), ("terraform", CLAIM))

        # unlock_in_dashboard: the provider sets the structure again, and frees it.
        again = provider.set_structure(page, [
            {"group": {"name": "Europe", "components": [component(c), component(a), component(b)]}},
            {"component": component(d)},
        ])
        self.assertEqual(
            again["current_structure"]["items"][0], renamed["current_structure"]["items"][0])
        self.assertEqual(provider.claim("status_page_structure", page, {})["managed_by"], "dashboard")
        self.assertEqual(self.meta(provider.structure(page)), ("dashboard", {}))

        # A component leaves: the first apply removes it from the structure, the second deletes it.
        status, refused = provider.send("DELETE", f"/v2/status_page_components/{d}")
        self.assertEqual((status, refused["errors"][0]["code"]), (422, "in_use"))
        provider.set_structure(page, [
            {"group": {"name": "Europe", "components": [component(c), component(a), component(b)]}}])
        provider.expect(204, "DELETE", f"/v2/status_page_components/{d}")
        self.assertEqual(provider.send("GET", f"/v2/status_page_components/{d}")[0], 404)

        # Destroy: nothing is sent for the structure, so the page must be archived first.
        self.assertEqual(provider.send("DELETE", f"/v2/status_page_components/{a}")[0], 422)
        self.run_pages("archive", "made")
        self.server.until(lambda: provider.send("GET", f"/v2/status_page_structures/{page}")[0] == 404)
        for identifier in (a, b, c):
            provider.expect(204, "DELETE", f"/v2/status_page_components/{identifier}")

    def test_declared_page(self):
        provider = self.provider
        page = provider.find_page("Acme Status")
        read = provider.structure(page)
        self.assertEqual(self.meta(read), ("external", {}))
        for method, path, body in (
            ("PUT", f"/v2/status_page_structures/{page}", {"items": []}),
            ("POST", "/v2/managed_resources",
             {"resource_type": "status_page_structure", "resource_id": page, "annotations": CLAIM}),
        ):
            status, content = provider.send(method, path, body)
            self.assertEqual((status, content["errors"][0]["code"]), (409, "managed_by_configuration"))
        self.assertEqual(provider.structure(page), read)

    def test_two_at_once(self):
        """After two structures are set at the same time, the page has one of them as a whole."""
        provider = self.provider
        page = self.make_page()
        ids = [provider.create_component(name) for name in "ABCDEFGH"]
        wanted = [[component(one) for one in ids], [component(one) for one in reversed(ids)]]
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            for _ in range(10):
                list(pool.map(
                    lambda items: provider.set_structure(page, [{"component": one} for one in items]), wanted * 3))
                read = [item["component"]["component_id"]
                        for item in provider.structure(page)["current_structure"]["items"]]
                self.assertIn(read, [ids, ids[::-1]])

    def test_missing_role(self):
        provider = Provider(self.server.url, self.server.key("status_page_publisher"))
        status, content = provider.send("POST", "/v2/status_page_components", {"name": "A"})
        self.assertEqual(status, 403)
        self.assertEqual(content["errors"][0]["code"], "missing_required_scope")
        self.assertEqual(content["errors"][0]["metadata"]["scope"], "manage_settings")


if __name__ == "__main__":
    unittest.main()
