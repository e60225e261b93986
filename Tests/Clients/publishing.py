"""A publisher for tests: writes incidents and maintenances with short calls."""

import datetime
import itertools


def moment(hours):
    """A time some hours from now, for the API."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).isoformat()


class Publisher:
    def __init__(self, server):
        self.server = server
        self.key = server.key("status_page_publisher")
        self.numbers = itertools.count()
        self.pages = {page["name"]: page["id"] for page in self.get("/v2/status_pages")["status_pages"]}

    def get(self, path):
        return self.server.call("GET", path, token=self.key)

    def post(self, path, **body):
        return self.server.call("POST", f"/v2/{path}", body, token=self.key)

    def items(self, page="Acme Status"):
        """The ids of the components of a page, by name."""
        structure = self.get(f"/v2/status_page_structures/{self.pages[page]}")["current_structure"]
        found = {}

        def walk(items):
            for item in items:
                if component := item.get("component"):
                    found[component["name"]] = component["component_id"]
                for one in item.get("group", {}).get("components", []):
                    found[one["name"]] = one["component_id"]
                walk(item.get("sub_page", {}).get("items", []))

        walk(structure["items"])
        return found

    def statuses(self, statuses, page="Acme Status"):
        return [{"component_id": self.items(page)[name], "component_status": status}
                for name, status in statuses.items()]

    def declare(self, name="Login fails", message="We are looking into it.", status="investigating", components=None,
                page="Acme Status", notify=False):
        """Creates an incident and returns its id. `components` are statuses by name."""
        return self.post(
            "status_page_incidents", status_page_id=self.pages[page], name=name, message=message, incident_status=status,
            component_statuses=self.statuses(components or {}, page), notify_subscribers=notify,
            idempotency_key=f"incident {next(self.numbers)}")["status_page_incident"]["id"]

    def update(self, incident, message="Still looking.", status="identified", components=None, notify=False):
        body = {"component_statuses": self.statuses(components)} if components else {}
        self.post("status_page_incident_updates", status_page_incident_id=incident, message=message,
                  incident_status=status, notify_subscribers=notify, **body)

    def backfill(self, name, hours, components):
        """Records an incident that began some hours ago and lasted one."""
        self.post(
            "status_page_retrospective_incidents", status_page_id=self.pages["Acme Status"], name=name,
            idempotency_key=f"backfill {next(self.numbers)}", updates=[
                {"message": "It began.", "incident_status": "investigating", "published_at": moment(-hours),
                 "component_statuses": self.statuses(components)},
                {"message": "It ended.", "incident_status": "resolved", "published_at": moment(1 - hours)}])

    def schedule(self, name="New disks", message="We replace disks.", start=24, components=("Website",)):
        """Schedules a maintenance of an hour and returns its id."""
        return self.post(
            "status_page_maintenances", status_page_id=self.pages["Acme Status"], name=name, message=message,
            maintenance_status="maintenance_scheduled" if start > 0 else "maintenance_in_progress",
            start_at=moment(start), end_at=moment(start + 1), automate_maintenance_status=False,
            affected_component_ids=[self.items()[name] for name in components], notify_subscribers=False,
            idempotency_key=f"maintenance {next(self.numbers)}")["status_page_maintenance"]["id"]
