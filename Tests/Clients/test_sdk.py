"""Tests the API with the official incident.io SDK. Every call in scope must return the model that it promises."""

import asyncio
import contextlib
import datetime
import json
import sqlite3
import unittest

from incident_io import models
from incident_io.api.status_pages_v2 import (
    status_pages_v2_create_status_page_incident as create_incident,
    status_pages_v2_create_status_page_incident_update as create_update,
    status_pages_v2_create_status_page_maintenance as create_maintenance,
    status_pages_v2_create_status_page_maintenance_update as create_maintenance_update,
    status_pages_v2_create_status_page_retrospective_incident as create_retrospective,
    status_pages_v2_delete_status_page_maintenance as delete_maintenance,
    status_pages_v2_list_status_page_incidents as list_incidents,
    status_pages_v2_list_status_page_maintenances as list_maintenances,
    status_pages_v2_list_status_pages as list_pages,
    status_pages_v2_show_status_page as show_page,
    status_pages_v2_show_status_page_component_availability as show_availability,
    status_pages_v2_show_status_page_incident as show_incident,
    status_pages_v2_show_status_page_maintenance as show_maintenance,
    status_pages_v2_show_status_page_structure as show_structure,
    status_pages_v2_update_status_page_incident as update_incident,
    status_pages_v2_update_status_page_maintenance as update_maintenance,
)
from incident_io.api.status_pages_v1 import (
    status_pages_v1_list_response_incidents as list_response_incidents,
)
from incident_io.api.utilities_v1 import utilities_v1_identity as identity
from incident_io.api.api_keys_v1 import (
    api_keys_v1_create as create_key,
    api_keys_v1_delete as delete_key,
    api_keys_v1_list as list_keys,
    api_keys_v1_rotate as rotate_key,
    api_keys_v1_show as show_key,
    api_keys_v1_update as update_key,
)
from incident_io.api.status_page_components_v2 import (
    status_page_components_v2_create as create_component,
    status_page_components_v2_destroy as destroy_component,
    status_page_components_v2_list as list_components,
    status_page_components_v2_show as show_component,
    status_page_components_v2_update as update_component,
)
from incident_io.client import AuthenticatedClient, Client
from incident_io.types import UNSET

from server import Server

CREATE_STATUS = models.StatusPagesCreateStatusPageIncidentPayloadV2IncidentStatus
UPDATE_STATUS = models.StatusPagesCreateStatusPageIncidentUpdatePayloadV2IncidentStatus
COMPONENT_STATUS = models.StatusPageIncidentAffectedComponentV2ComponentStatus
RETROSPECTIVE_STATUS = models.StatusPageRetrospectiveIncidentUpdateV2IncidentStatus
MAINTENANCE_STATUS = models.StatusPagesCreateStatusPageMaintenancePayloadV2MaintenanceStatus
MAINTENANCE_UPDATE_STATUS = models.StatusPagesCreateStatusPageMaintenanceUpdatePayloadV2MaintenanceStatus
MAINTENANCE_COMPONENT_STATUS = models.StatusPageMaintenanceAffectedComponentV2ComponentStatus


def setUpModule():
    global server, publisher, viewer, manager
    server = Server()
    unittest.addModuleCleanup(server.stop)
    publisher = AuthenticatedClient(base_url=server.url, token=server.key("status_page_publisher"))
    viewer = AuthenticatedClient(base_url=server.url, token=server.key("status_page_viewer"))
    manager = AuthenticatedClient(base_url=server.url, token=server.key("api_keys_manage", "manage_settings", "status_page_publisher"))
    for client in (publisher, viewer, manager):
        unittest.addModuleCleanup(client.get_httpx_client().close)


def acme():
    return list_pages.sync(client=viewer).status_pages[0].id


def components():
    """The ids of the page's components, by name."""
    found = {}
    for item in show_structure.sync(acme(), client=viewer).current_structure.items:
        if item.component:
            found[item.component.name] = item.component.component_id
        for component in item.group.components if item.group else []:
            found[component.name] = component.component_id
    return found


def creation(key, **others):
    values = {
        "status_page_id": acme(),
        "name": "Login fails",
        "incident_status": CREATE_STATUS.INVESTIGATING,
        "message": "We are **looking into it**.",
        "idempotency_key": key,
        "notify_subscribers": False,
    }
    return models.StatusPagesCreateStatusPageIncidentPayloadV2(**{**values, **others})


def affected(name, status):
    return models.StatusPageIncidentAffectedComponentV2(
        component_id=components()[name], component_status=COMPONENT_STATUS(status))


class PagesTest(unittest.TestCase):
    def test_list_pages(self):
        result = list_pages.sync(client=viewer)
        self.assertIsInstance(result, models.StatusPagesListStatusPagesResultV2)
        self.assertEqual([page.name for page in result.status_pages], ["Acme Status", "Clients", "Partners"])
        self.assertEqual(result.status_pages[0].public_url, "https://status.acme.example")
        self.assertIs(result.pagination_meta.after, UNSET)

    def test_paging_ends(self):
        names, after = [], UNSET
        while True:
            result = list_pages.sync(client=viewer, page_size=1, after=after)
            names += [page.name for page in result.status_pages]
            after = result.pagination_meta.after
            if after is UNSET:
                break
        self.assertEqual(names, ["Acme Status", "Clients", "Partners"])

    def test_show_page(self):
        result = show_page.sync(acme(), client=viewer)
        self.assertIsInstance(result, models.StatusPagesShowStatusPageResultV2)
        self.assertEqual(result.status_page.description, "How Acme is doing")

    def test_show_structure(self):
        result = show_structure.sync(acme(), client=viewer)
        self.assertIsInstance(result, models.StatusPagesShowStatusPageStructureResultV2)
        website, eu, uk = result.current_structure.items
        self.assertEqual(website.component.name, "Website")
        self.assertIs(website.group, UNSET)
        self.assertEqual(eu.group.components[0].name, "Login")
        self.assertEqual(uk.sub_page.items[0].component.name, "Payments")
        self.assertEqual(result.management_meta.managed_by, "external")

    def test_identity(self):
        result = identity.sync(client=publisher)
        self.assertIsInstance(result, models.UtilitiesIdentityResultV1)
        self.assertEqual([str(role) for role in result.identity.roles],
                         ["status_page_viewer", "status_page_publisher"])


class IncidentsTest(unittest.TestCase):
    def test_incident_lifecycle(self):
        created = create_incident.sync(client=publisher, body=creation(
            "course", component_statuses=[affected("Login", "partial_outage")]))
        self.assertIsInstance(created, models.StatusPagesCreateStatusPageIncidentResultV2)
        incident = created.status_page_incident
        self.assertIs(incident.component_impacts[0].end_at, UNSET)

        update = create_update.sync(client=publisher, body=models.StatusPagesCreateStatusPageIncidentUpdatePayloadV2(
            status_page_incident_id=incident.id, message="Found it.", notify_subscribers=False,
            incident_status=UPDATE_STATUS.IDENTIFIED))
        self.assertIsInstance(update, models.StatusPagesCreateStatusPageIncidentUpdateResultV2)
        self.assertEqual(update.status_page_incident_update.component_statuses, [])

        renamed = update_incident.sync(incident.id, client=publisher, body=(
            models.StatusPagesUpdateStatusPageIncidentPayloadV2(name="Login failed")))
        self.assertIsInstance(renamed, models.StatusPagesUpdateStatusPageIncidentResultV2)
        self.assertEqual(renamed.status_page_incident.name, "Login failed")

        resolved = create_update.sync(client=publisher, body=models.StatusPagesCreateStatusPageIncidentUpdatePayloadV2(
            status_page_incident_id=incident.id, message="All clear.", notify_subscribers=False,
            incident_status=UPDATE_STATUS.RESOLVED))
        statuses = resolved.status_page_incident_update.component_statuses
        self.assertEqual([str(one.component_status) for one in statuses], ["operational"])

        shown = show_incident.sync(incident.id, client=viewer)
        self.assertIsInstance(shown, models.StatusPagesShowStatusPageIncidentResultV2)
        self.assertEqual(len(shown.status_page_incident.updates), 3)
        impact = shown.status_page_incident.component_impacts[0]
        self.assertGreater(impact.end_at, impact.start_at)

    def test_list_all_pages(self):
        made = {create_incident.sync(client=publisher, body=creation(f"list-{n}")).status_page_incident.id
                for n in range(5)}
        seen, after = [], UNSET
        while True:
            result = list_incidents.sync(client=viewer, status_page_id=acme(), page_size=2, after=after)
            self.assertIsInstance(result, models.StatusPagesListStatusPageIncidentsResultV2)
            seen += [incident.id for incident in result.status_page_incidents]
            after = result.pagination_meta.after
            if after is UNSET:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(made, set(seen))

    def test_repeated_key_gets_the_same_incident(self):
        first = create_incident.sync(client=publisher, body=creation("same"))
        again = create_incident.sync_detailed(client=publisher, body=creation("same", name="Another"))
        self.assertEqual(first, again.parsed)
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(again.headers["Idempotent-Replay-Differs"], "true")

    def test_no_sdk_field_is_ignored(self):
        created = create_incident.sync_detailed(client=publisher, body=creation(
            "ignored", component_statuses=[affected("Login", "partial_outage")]))
        self.assertEqual(created.status_code, 201)
        self.assertNotIn("Allclear-Ignored", created.headers)

    def test_edited_update_keeps_its_shape(self):
        incident = create_incident.sync(client=publisher, body=creation("edited")).status_page_incident
        edit("incident", incident.updates[0].id)
        shown = show_incident.sync(incident.id, client=viewer).status_page_incident
        listed = list_incidents.sync(client=viewer, status_page_id=acme()).status_page_incidents
        for update in (shown.updates[0], next(one for one in listed if one.id == incident.id).updates[0]):
            self.assertIsInstance(update, models.StatusPageIncidentUpdateV2)
            self.assertEqual(update.message, "Mended.")
            self.assertIn("edited_at", update.additional_properties)
        renamed = update_incident.sync(incident.id, client=publisher, body=(
            models.StatusPagesUpdateStatusPageIncidentPayloadV2(name="Renamed")))
        self.assertIsInstance(renamed, models.StatusPagesUpdateStatusPageIncidentResultV2)

    def test_linked_response_incidents(self):
        incident = create_incident.sync(client=publisher, body=creation("linked")).status_page_incident
        result = list_response_incidents.sync(acme(), incident.id, client=viewer)
        self.assertIsInstance(result, models.StatusPagesListResponseIncidentsResultV1)
        self.assertEqual(result.incidents, [])
        unknown = list_response_incidents.sync(acme(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", client=viewer)
        self.assertIsInstance(unknown, models.ErrorResponse)

    def test_delete(self):
        incident = create_incident.sync(client=publisher, body=creation("deleted")).status_page_incident
        # The SDK has no call for this.
        response = publisher.get_httpx_client().delete(f"/v2/status_page_incidents/{incident.id}")
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assertIsInstance(show_incident.sync(incident.id, client=viewer), models.ErrorResponse)

    def test_async_client(self):
        async def show(page):
            async with AuthenticatedClient(base_url=server.url, token=viewer.token) as client:
                return await show_page.asyncio(page, client=client)

        result = asyncio.run(show(acme()))
        self.assertIsInstance(result, models.StatusPagesShowStatusPageResultV2)


def edit(noun, update):
    """Changes the text of an update. The SDK has no call for this."""
    response = publisher.get_httpx_client().put(
        f"/v2/status_page_{noun}_updates/{update}", json={"message": "Mended."})
    response.raise_for_status()


def moment(minutes):
    """The time some minutes from now, in whole seconds."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(minutes=minutes)


class RetrospectiveIncidentsTest(unittest.TestCase):
    def test_record(self):
        updates = [
            models.StatusPageRetrospectiveIncidentUpdateV2(
                incident_status=RETROSPECTIVE_STATUS.INVESTIGATING, message="We looked into it.",
                published_at=moment(-60), component_statuses=[affected("Login", "full_outage")]),
            models.StatusPageRetrospectiveIncidentUpdateV2(
                incident_status=RETROSPECTIVE_STATUS.RESOLVED, message="It was over.", published_at=moment(-30)),
        ]
        result = create_retrospective.sync(
            client=publisher, body=models.StatusPagesCreateStatusPageRetrospectiveIncidentPayloadV2(
                status_page_id=acme(), name="An hour ago", idempotency_key="retrospective", updates=updates))
        self.assertIsInstance(result, models.StatusPagesCreateStatusPageRetrospectiveIncidentResultV2)
        incident = result.status_page_incident
        self.assertEqual([update.published_at for update in incident.updates],
                         [update.published_at for update in updates])
        self.assertEqual(incident.published_at, updates[0].published_at)
        self.assertEqual(incident.component_impacts[0].end_at, updates[1].published_at)
        shown = show_incident.sync(incident.id, client=viewer)
        self.assertEqual(shown.status_page_incident, incident)


class MaintenancesTest(unittest.TestCase):
    def create(self, key, **others):
        values = {
            "status_page_id": acme(),
            "name": "Upgrade",
            "maintenance_status": MAINTENANCE_STATUS.MAINTENANCE_SCHEDULED,
            "message": "We upgrade.",
            "idempotency_key": key,
            "notify_subscribers": False,
            "affected_component_ids": [components()["Login"]],
            "start_at": moment(60),
            "end_at": moment(120),
        }
        return create_maintenance.sync(
            client=publisher, body=models.StatusPagesCreateStatusPageMaintenancePayloadV2(**{**values, **others}))

    def update(self, maintenance, **others):
        return create_maintenance_update.sync(
            client=publisher, body=models.StatusPagesCreateStatusPageMaintenanceUpdatePayloadV2(
                status_page_maintenance_id=maintenance.id, message="News.", notify_subscribers=False, **others))

    def test_maintenance_lifecycle(self):
        created = self.create("course", automate_maintenance_status=True)
        self.assertIsInstance(created, models.StatusPagesCreateStatusPageMaintenanceResultV2)
        maintenance = created.status_page_maintenance
        self.assertIs(maintenance.automate_maintenance_status, True)
        self.assertEqual(str(maintenance.updates[0].component_statuses[0].component_status), "under_maintenance")
        period = maintenance.component_maintenance_periods[0]
        self.assertEqual(period.end_at - period.start_at, datetime.timedelta(hours=1))

        moved = update_maintenance.sync(
            maintenance.id, client=publisher, body=models.StatusPagesUpdateStatusPageMaintenancePayloadV2(
                name="Late upgrade", start_at=moment(180), end_at=moment(200)))
        self.assertIsInstance(moved, models.StatusPagesUpdateStatusPageMaintenanceResultV2)
        self.assertEqual(moved.status_page_maintenance.name, "Late upgrade")
        self.assertEqual(len(moved.status_page_maintenance.updates), 1)

        update = self.update(
            maintenance, maintenance_status=MAINTENANCE_UPDATE_STATUS.MAINTENANCE_IN_PROGRESS,
            component_statuses=[models.StatusPageMaintenanceAffectedComponentV2(
                component_id=components()["Website"],
                component_status=MAINTENANCE_COMPONENT_STATUS.UNDER_MAINTENANCE)])
        self.assertIsInstance(update, models.StatusPagesCreateStatusPageMaintenanceUpdateResultV2)
        self.assertEqual(len(update.status_page_maintenance_update.component_statuses), 1)

        completion = self.update(
            maintenance, maintenance_status=MAINTENANCE_UPDATE_STATUS.MAINTENANCE_COMPLETE)
        statuses = completion.status_page_maintenance_update.component_statuses
        self.assertEqual([str(one.component_status) for one in statuses], ["operational", "operational"])

        shown = show_maintenance.sync(maintenance.id, client=viewer)
        self.assertIsInstance(shown, models.StatusPagesShowStatusPageMaintenanceResultV2)
        self.assertIs(shown.status_page_maintenance.automate_maintenance_status, False)
        self.assertEqual(str(shown.status_page_maintenance.maintenance_status), "maintenance_complete")
        self.assertEqual(len(shown.status_page_maintenance.updates), 3)

    def test_period_without_end(self):
        maintenance = self.create(
            "open", affected_component_ids=[], start_at=moment(-120), end_at=moment(-60),
            maintenance_status=MAINTENANCE_STATUS.MAINTENANCE_IN_PROGRESS).status_page_maintenance
        self.update(maintenance, component_statuses=[models.StatusPageMaintenanceAffectedComponentV2(
            component_id=components()["Login"], component_status=MAINTENANCE_COMPONENT_STATUS.UNDER_MAINTENANCE)])
        shown = show_maintenance.sync(maintenance.id, client=viewer).status_page_maintenance
        self.assertIs(shown.component_maintenance_periods[0].end_at, UNSET)

    def test_list_all_pages(self):
        made = {self.create(f"list-{n}").status_page_maintenance.id for n in range(5)}
        # All requests send the same value, because it selects the list that they page through.
        seen, after, start = [], UNSET, moment(0)
        while True:
            result = list_maintenances.sync(
                client=viewer, status_page_id=acme(), component_id=components()["Login"], start_at=start,
                page_size=2, after=after)
            self.assertIsInstance(result, models.StatusPagesListStatusPageMaintenancesResultV2)
            seen += [maintenance.id for maintenance in result.status_page_maintenances]
            after = result.pagination_meta.after
            if after is UNSET:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(made, set(seen))

    def test_edited_update_keeps_its_shape(self):
        maintenance = self.create("edited").status_page_maintenance
        edit("maintenance", maintenance.updates[0].id)
        shown = show_maintenance.sync(maintenance.id, client=viewer).status_page_maintenance
        listed = list_maintenances.sync(client=viewer, status_page_id=acme()).status_page_maintenances
        for update in (shown.updates[0], next(one for one in listed if one.id == maintenance.id).updates[0]):
            self.assertIsInstance(update, models.StatusPageMaintenanceUpdateV2)
            self.assertEqual(update.message, "Mended.")
            self.assertIn("edited_at", update.additional_properties)

    def test_automated_in_the_past(self):
        result = self.create("past", automate_maintenance_status=True, start_at=moment(-120), end_at=moment(-60))
        self.assertIsInstance(result, models.ErrorResponse)
        self.assertEqual([error.source.pointer for error in result.errors], ["/end_at"])

    def test_delete(self):
        maintenance = self.create("delete").status_page_maintenance
        response = delete_maintenance.sync_detailed(maintenance.id, client=publisher)
        self.assertEqual((response.status_code, response.content, response.parsed), (204, b"", None))
        gone = show_maintenance.sync_detailed(maintenance.id, client=viewer)
        self.assertEqual(gone.status_code, 404)
        self.assertIsInstance(gone.parsed, models.ErrorResponse)

    def test_repeated_key_gets_the_same_maintenance(self):
        self.assertEqual(self.create("same"), self.create("same", name="Another"))

    def test_invalid_body(self):
        result = self.create("bad", affected_component_ids=["nothing"], end_at=moment(0))
        self.assertIsInstance(result, models.ErrorResponse)
        self.assertEqual([error.source.pointer for error in result.errors], ["/affected_component_ids/0", "/end_at"])


class ComponentsTest(unittest.TestCase):
    def test_component_lifecycle(self):
        created = create_component.sync(client=manager, body=models.StatusPageComponentsCreatePayloadV2(
            name="Search", description="Finds things"))
        self.assertIsInstance(created, models.StatusPageComponentsCreateResultV2)
        component = created.status_page_component
        self.assertEqual(component.management_meta.managed_by, "dashboard")
        updated = update_component.sync(
            component.id, client=manager, body=models.StatusPageComponentsUpdatePayloadV2(name="Find"))
        self.assertIsInstance(updated, models.StatusPageComponentsUpdateResultV2)
        self.assertIs(updated.status_page_component.description, UNSET)
        shown = show_component.sync(component.id, client=viewer)
        self.assertIsInstance(shown, models.StatusPageComponentsShowResultV2)
        self.assertEqual(shown.status_page_component.name, "Find")
        self.assertEqual(destroy_component.sync_detailed(component.id, client=manager).status_code, 204)
        listed = list_components.sync(client=viewer)
        self.assertIsInstance(listed, models.StatusPageComponentsListResultV2)
        self.assertNotIn(component.id, [one.id for one in listed.status_page_components])

    def test_availability(self):
        end = datetime.datetime.now(datetime.timezone.utc)
        result = show_availability.sync(
            acme(), components()["Website"], client=viewer, start_at=end - datetime.timedelta(days=30), end_at=end)
        self.assertIsInstance(result, models.StatusPagesShowStatusPageComponentAvailabilityResultV2)
        self.assertRegex(result.availability.availability_percent, r"^\d+\.\d\d$")


class KeysTest(unittest.TestCase):
    def create(self, name="bot", **others):
        return create_key.sync(client=manager, body=models.APIKeysCreatePayloadV1(
            name=name, role_names=[models.APIKeysCreatePayloadV1RoleNamesItem.STATUS_PAGE_PUBLISHER],
            team_ids=[], team_role_names=[], **others))

    def name_of(self, token):
        """The name of the key with this token; None if the server does not accept the token."""
        with AuthenticatedClient(base_url=server.url, token=token) as client:
            result = identity.sync(client=client)
        return result.identity.name if isinstance(result, models.UtilitiesIdentityResultV1) else None

    def test_key_lifecycle(self):
        created = self.create(comments="For CI.")
        self.assertIsInstance(created, models.APIKeysCreateResultV1)
        key = created.api_key
        self.assertEqual(key.comments, "For CI.")
        self.assertEqual([str(role.name) for role in key.roles], ["status_page_viewer", "status_page_publisher"])
        self.assertEqual(key.creator.api_key.name, "sdk")
        self.assertIs(key.last_used_at, UNSET)
        self.assertEqual(self.name_of(created.token), "bot")

        updated = update_key.sync(key.id, client=manager, body=models.APIKeysUpdatePayloadV1(
            name="reader", role_names=[], team_ids=[], team_role_names=[]))
        self.assertIsInstance(updated, models.APIKeysUpdateResultV1)
        self.assertEqual(updated.api_key.comments, "For CI.")

        shown = show_key.sync(key.id, client=manager)
        self.assertIsInstance(shown, models.APIKeysShowResultV1)
        self.assertEqual((shown.api_key.name, len(shown.api_key.roles)), ("reader", 1))
        self.assertGreaterEqual(shown.api_key.last_used_at, shown.api_key.created_at)

        rotated = rotate_key.sync(key.id, client=manager, body=models.APIKeysRotatePayloadV1())
        self.assertIsInstance(rotated, models.APIKeysRotateResultV1)
        self.assertGreaterEqual(rotated.api_key.token_last_issued_at, key.token_last_issued_at)
        self.assertEqual(self.name_of(created.token), "reader")
        again = rotate_key.sync(key.id, client=manager, body=models.APIKeysRotatePayloadV1(grace_period_minutes=0))
        self.assertIsNone(self.name_of(created.token))
        self.assertIsNone(self.name_of(rotated.token))
        self.assertEqual(self.name_of(again.token), "reader")

        deleted = delete_key.sync_detailed(key.id, client=manager)
        self.assertEqual(deleted.status_code, 204)
        self.assertIsNone(self.name_of(again.token))
        self.assertIsInstance(show_key.sync(key.id, client=manager), models.ErrorResponse)

    def test_key_by_user(self):
        key, user = self.create("by a user").api_key.id, f"{1:026}"
        with contextlib.closing(sqlite3.connect(json.loads(server.config.read_text())["database"])) as database, database:
            database.execute(
                "INSERT INTO users (id, email, name, role, created_at) VALUES (?, 'ann@example.com', 'Ann', 'editor', 0)", (user,))
            database.execute("UPDATE api_keys SET creator_id = NULL, creator_user_id = ? WHERE id = ?", (user, key))
        creator = show_key.sync(key, client=manager).api_key.creator
        self.assertIs(creator.api_key, UNSET)
        self.assertEqual((creator.user.id, creator.user.email, creator.user.name), (user, "ann@example.com", "Ann"))
        self.assertEqual(str(creator.user.role), "administrator")

    def test_list_keys(self):
        made = {self.create(f"list {n}").api_key.id for n in range(3)}
        seen, after = [], UNSET
        while True:
            result = list_keys.sync(client=manager, page_size=2, after=after)
            self.assertIsInstance(result, models.APIKeysListResultV1)
            seen += [key.id for key in result.api_keys]
            after = result.pagination_meta.after
            if after is UNSET:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(made, set(seen))
        self.assertIs(list_keys.sync(client=manager).api_keys[0].creator.api_key, UNSET)


class ErrorsTest(unittest.TestCase):
    def assertError(self, response, status, kind, code):
        self.assertEqual(response.status_code, status)
        self.assertIsInstance(response.parsed, models.ErrorResponse)
        self.assertEqual(str(response.parsed.type_), kind)
        self.assertEqual(response.parsed.errors[0].code, code)
        self.assertEqual(response.parsed.request_id, response.headers["X-Request-ID"])

    def test_unknown_key(self):
        with AuthenticatedClient(base_url=server.url, token="nobody") as stranger:
            response = list_pages.sync_detailed(client=stranger)
        self.assertError(response, 401, "authentication_error", "access_token_invalid")

    def test_no_key(self):
        with Client(base_url=server.url) as anonymous:
            response = identity.sync_detailed(client=anonymous)
        self.assertError(response, 401, "authentication_error", "missing_authorization_material")

    def test_missing_role(self):
        response = create_incident.sync_detailed(client=viewer, body=creation("role"))
        self.assertError(response, 403, "resource_forbidden", "missing_required_scope")

    def test_too_many_requests(self):
        limited = Server(rate_limits={"requests_per_minute": 1})
        self.addCleanup(limited.stop)
        with AuthenticatedClient(base_url=limited.url, token=limited.key("status_page_viewer")) as client:
            self.assertIsInstance(identity.sync(client=client), models.UtilitiesIdentityResultV1)
            response = identity.sync_detailed(client=client)
        self.assertError(response, 429, "too_many_requests", "too_many_requests")
        self.assertIsInstance(response.parsed.rate_limit, models.ErrorRateLimit)
        self.assertEqual(response.parsed.rate_limit.name, "api_key")
        self.assertEqual(response.parsed.rate_limit.remaining, int(response.headers["X-RateLimit-Remaining"]))

    def test_unknown_incident(self):
        response = show_incident.sync_detailed("01ARZ3NDEKTSV4RRFFQ69G5FAV", client=viewer)
        self.assertError(response, 404, "not_found", "not_found")

    def test_invalid_body(self):
        response = create_incident.sync_detailed(client=publisher, body=creation("bad", name=""))
        self.assertError(response, 422, "validation_error", "too_short")
        source = response.parsed.errors[0].source
        self.assertEqual((source.field, source.pointer), ("name", "/name"))


if __name__ == "__main__":
    unittest.main()
