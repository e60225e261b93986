"""Kills the server under concurrent writes, again and again, and checks that it kept every promise.

    torture.py [--rounds N] [--seconds S] [--seed X] [--writers N] [--people N] [--replicated [--old-path]]

Each writer has separate incidents, maintenances and keys, and knows the expected state of each from the answers. One
request per writer may be unanswered when the server is killed. Its change may be stored or not, but never in part.
People write through the forms of the dashboard instead of the API, each in a session that began before the first kill.
"""

import argparse
import collections
import contextlib
import dataclasses
import html.parser
import http.client
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import tempfile
import threading
import time
import urllib.parse

from server import BINARY, Server, succeed

INCIDENTS = "/v2/status_page_incidents"
INCIDENT_UPDATES = "/v2/status_page_incident_updates"
MAINTENANCES = "/v2/status_page_maintenances"
KEYS = "/v1/api_keys"
PAGE = "/dashboard/pages/partners"
EMAIL, PASSWORD = "ada@acme.example", "correct horse battery staple"
GONE = (ConnectionError, http.client.HTTPException, OSError)


class Broken(Exception):
    """A promise that the server broke."""


class Client:
    """A connection, opened when it is first needed."""

    def __init__(self, url, token):
        self.address = urllib.parse.urlsplit(url)
        self.token = token
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.connection:
            self.connection.close()

    def send(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=30)
        self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                {"Authorization": f"Bearer {self.token}"})

    def receive(self):
        """The status, the body's bytes, and whether the answer is a replay."""
        response = self.connection.getresponse()
        return response.status, response.read(), response.getheader("Idempotent-Replayed") == "true"

    def call(self, method, path, body=None):
        self.send(method, path, body)
        return self.receive()

    def read(self, path):
        status, body, _ = self.call("GET", path)
        if status != 200:
            raise Broken(f"GET {path}: {status} {body}")
        return json.loads(body)


@dataclasses.dataclass
class Creation:
    """A create with an idempotency key, and its answer; None if there was none."""
    path: str
    body: dict
    answer: bytes | None = None


@dataclasses.dataclass
class Record:
    """The expected state of an incident or a maintenance. Deleted ones have None instead."""
    name: str
    messages: tuple = ()
    status: str = ""


class Writer:
    """Writes, one request at a time, and records the expected state."""

    def __init__(self, number, page, seed):
        self.number, self.page = number, page
        self.random = random.Random(seed)
        self.count = 0
        self.creations = []
        self.incidents = {}
        self.maintenances = {}
        self.keys = {}
        self.acknowledged = 0
        # After the restart, returns the outcome of the unanswered request; None if there is no such request.
        self.pending = None
        self.problem = None

    def run(self, url, token, is_killed):
        try:
            with Client(url, token) as one, Client(url, token) as other:
                while True:
                    self.step([one, other])
                    self.pending = None
        except GONE:
            # The server must not close a connection before it is killed.
            if not is_killed.is_set() and not is_killed.wait(5):
                self.problem = "the server closed a connection"
        except Broken as problem:
            self.problem = str(problem)

    def name(self, kind):
        self.count += 1
        return f"{kind} {self.number}.{self.count}"

    def step(self, clients):
        open_incidents = [one for one, record in self.incidents.items() if record.status != "resolved"]
        scheduled = [one for one, record in self.maintenances.items() if record is not None]
        choices = {self.create_incident: 6, self.create_maintenance: 2, self.create_key: 1, self.repeat: 1}
        if open_incidents:
            choices |= {self.update: 6, self.rename: 2, self.resolve: 2 * len(open_incidents)}
        if scheduled:
            choices |= {self.move: 2, self.delete: len(scheduled)}
        [action] = self.random.choices(list(choices), list(choices.values()))
        if action in (self.update, self.rename, self.resolve):
            action(clients, self.random.choice(open_incidents))
        elif action in (self.move, self.delete):
            action(clients, self.random.choice(scheduled))
        else:
            action(clients)

    # Requests. Each method first sets `pending`, then records the result.

    def accept(self, answer, *statuses):
        status, body, _ = answer
        if status not in statuses:
            raise Broken(f"{status} {body.decode()}")
        self.acknowledged += 1
        return json.loads(body) if body else None

    def create(self, clients, path, kind, records, **members):
        name = self.name(kind)
        # The texts have no characters that JSON can write in more than one way.
        creation = Creation(path, {
            "status_page_id": self.page, "name": name, "message": f"{name} began.", "idempotency_key": name,
            "notify_subscribers": False, **members})
        status = members.get("incident_status", members.get("maintenance_status"))
        record = Record(name, (creation.body["message"],), status)
        self.creations.append(creation)
        self.pending = lambda client: self.find_creation(client, creation, records, record)
        # Sometimes sends the same request twice at once, as two clients would.
        both = clients if self.random.random() < 0.2 else clients[:1]
        for client in both:
            client.send("POST", path, creation.body)
        answers = []
        with contextlib.suppress(*GONE):
            for client in both:
                answers.append(client.receive())
                self.accept(answers[-1], 201)
                creation.answer = answers[-1][1]
        if not answers:
            raise ConnectionError
        if len({body for _, body, _ in answers}) != 1 or sum(replayed for _, _, replayed in answers) != len(answers) - 1:
            raise Broken(f"two answers to one idempotency key: {answers}")
        records[self.id_of(creation.answer)] = record
        if len(answers) < len(both):
            self.pending = None
            raise ConnectionError

    @staticmethod
    def id_of(answer):
        [thing] = json.loads(answer).values()
        return thing["id"]

    def create_incident(self, clients):
        self.create(clients, INCIDENTS, "incident", self.incidents, incident_status="investigating")

    def create_maintenance(self, clients):
        self.create(clients, MAINTENANCES, "maintenance", self.maintenances, maintenance_status="maintenance_scheduled",
                    start_at="2990-01-01T10:00:00Z", end_at="2990-01-01T12:00:00Z", affected_component_ids=[])

    def repeat(self, clients):
        if not (answered := [one for one in self.creations if one.answer]):
            return
        creation = self.random.choice(answered)
        self.pending = lambda client: None
        self.check_repetition(clients[0], creation)
        self.acknowledged += 1

    def check_repetition(self, client, creation):
        status, body, replayed = client.call("POST", creation.path, creation.body)
        if (status, body, replayed) != (201, creation.answer, True):
            raise Broken(f"repeated {creation.body['idempotency_key']}: {status} {body} instead of {creation.answer}")

    def change(self, clients, records, one, after, method, path, body, *statuses):
        before = records[one]
        self.pending = lambda client: self.find_change(client, records, one, before, after)
        self.accept(clients[0].call(method, path, body), *statuses)
        records[one] = after

    def publish(self, clients, incident, status):
        message = self.name("update")
        record = self.incidents[incident]
        after = Record(record.name, (*record.messages, message), status)
        self.change(clients, self.incidents, incident, after, "POST", INCIDENT_UPDATES, {
            "status_page_incident_id": incident, "message": message, "incident_status": status,
            "notify_subscribers": False}, 201)

    def update(self, clients, incident):
        self.publish(clients, incident, "identified")

    def resolve(self, clients, incident):
        self.publish(clients, incident, "resolved")

    def rename(self, clients, incident):
        """Renames and publishes in one request: both changes are stored, or neither."""
        record = self.incidents[incident]
        after = Record(self.name("renamed"), (*record.messages, self.name("update")), "monitoring")
        self.change(clients, self.incidents, incident, after, "PUT", f"{INCIDENTS}/{incident}", {
            "name": after.name, "message": after.messages[-1], "incident_status": after.status}, 200)

    def move(self, clients, maintenance):
        record = self.maintenances[maintenance]
        after = Record(self.name("moved"), record.messages, record.status)
        self.change(clients, self.maintenances, maintenance, after, "PUT", f"{MAINTENANCES}/{maintenance}", {
            "name": after.name, "start_at": "2991-01-01T10:00:00Z", "end_at": "2991-01-01T12:00:00Z"}, 200)

    def delete(self, clients, maintenance):
        self.change(clients, self.maintenances, maintenance, None, "DELETE", f"{MAINTENANCES}/{maintenance}", None, 204)

    def create_key(self, clients):
        name = self.name("key")
        self.pending = lambda client: self.find_key(client, name)
        answer = self.accept(clients[0].call("POST", KEYS, {"name": name, "role_names": ["status_page_viewer"], "team_ids": [],
            "team_role_names": []}), 201)
        self.keys[answer["api_key"]["id"]] = (name, answer["token"])

    # Checks after the restart.

    def check(self, client, url):
        """Checks everything that this writer wrote, beginning with the unanswered request.

        Returns the outcome of that request: "absent", "complete", or None if there was none.
        """
        fate = self.pending(client) if self.pending else None
        self.pending = None
        for incident, record in self.incidents.items():
            self.expect(incident, record, self.look(client, self.incidents, incident))
        for maintenance, record in self.maintenances.items():
            self.expect(maintenance, record, self.look(client, self.maintenances, maintenance))
        for creation in self.creations:
            self.check_repetition(client, creation)
        for key, (name, token) in self.keys.items():
            if client.read(f"{KEYS}/{key}")["api_key"]["name"] != name:
                raise Broken(f"the key {key} is not {name}")
            with Client(url, token) as holder:
                holder.read("/v1/identity")
        return fate

    def forget(self, client):
        """Forgets checked records that will not change again."""
        for key in self.keys:
            client.call("DELETE", f"{KEYS}/{key}")
        self.creations, self.keys = [], {}
        self.incidents = {one: record for one, record in self.incidents.items() if record.status != "resolved"}
        self.maintenances = {one: record for one, record in self.maintenances.items() if record}

    @staticmethod
    def expect(one, record, found):
        if found != record:
            raise Broken(f"{one} is {found}, not {record}")

    def look(self, client, records, one):
        path, status = (INCIDENTS, "incident_status") if records is self.incidents else (MAINTENANCES, "maintenance_status")
        code, body, _ = client.call("GET", f"{path}/{one}")
        if code == 404:
            return None
        if code != 200:
            raise Broken(f"GET {path}/{one}: {code} {body}")
        [thing] = json.loads(body).values()
        return Record(thing["name"], tuple(update["message"] for update in thing["updates"]), thing[status])

    def find_creation(self, client, creation, records, record):
        """Repeats an unanswered create. The server now creates it, or returns the lost answer."""
        listed = [one["id"] for one in client.read(f"{creation.path}?status_page_id={self.page}&page_size=250")[
            creation.path.removeprefix("/v2/")] if one["name"] == record.name]
        status, body, replayed = client.call("POST", creation.path, creation.body)
        if status != 201 or replayed != (len(listed) == 1) or (listed and listed != [self.id_of(body)]):
            raise Broken(f"repeated the create of {record.name}, for which the list had {listed}: {status} {body}")
        creation.answer = body
        records[self.id_of(body)] = record
        return "complete" if listed else "absent"

    def find_change(self, client, records, one, before, after):
        found = self.look(client, records, one)
        if found not in (before, after):
            raise Broken(f"{one} is {found}, neither {before} nor {after}")
        records[one] = found
        return "complete" if found == after else "absent"

    def find_key(self, client, name):
        found = [key for key in client.read(f"{KEYS}?page_size=250")["api_keys"] if key["name"] == name]
        if len(found) > 1 or any(len(key["roles"]) != 1 for key in found):
            raise Broken(f"expected at most one API key named {name}, with one role; found {found}")
        for key in found:
            client.call("DELETE", f"{KEYS}/{key['id']}")
        return "complete" if found else "absent"

class Hidden(html.parser.HTMLParser):
    """The hidden fields of each form of a screen, by the form's action."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.fields, self.draft = {}, {}, None
        self.is_message = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.fields = self.forms.setdefault(attributes["action"], {})
        elif tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes["value"]
        elif tag == "textarea" and attributes["name"] == "message":
            self.is_message = True

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.is_message = False

    def handle_data(self, text):
        if self.is_message:
            self.draft = (self.draft or "") + text


class Browser(Client):
    """A connection of a browser, with its cookie."""

    def __init__(self, url, cookie=None):
        super().__init__(url, None)
        self.cookie = cookie

    def exchange(self, method, path, fields=None):
        """The status, the text, and the address to go to."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        body = urllib.parse.urlencode(fields) if fields is not None else None
        headers = {"Host": f"localhost:{self.address.port}", "Sec-Fetch-Site": "same-origin"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookie:
            headers["Cookie"] = self.cookie
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        if cookie := response.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return response.status, text, response.getheader("Location")

    def screen(self, path):
        status, text, location = self.exchange("GET", path)
        if status != 200:
            raise Broken(f"GET {path}: {status} {location}")
        return Hidden(text)


def set_up(server):
    """Makes the user of the dashboard, and returns a browser in which the user is logged in."""
    link = succeed(BINARY, "users", "setup-link", "--config", str(server.config)).stdout.split()[-1]
    browser = Browser(server.url)
    status, text, _ = browser.exchange("POST", "/dashboard/setup", {
        "token": link.rpartition("#")[2], "name": "Ada", "email": EMAIL, "password": PASSWORD})
    if status != 303:
        raise Broken(f"setup: {status} {text}")
    return browser


@dataclasses.dataclass
class Form:
    """A form as it was sent, and where it led."""
    path: str
    fields: dict
    location: str


class Person(Writer):
    """Publishes incidents and updates with the forms of the dashboard, and saves drafts."""

    cookie = None

    def __init__(self, number, page, seed):
        super().__init__(number, page, seed)
        # Messages that were saved as drafts of an update, by the id of their incident.
        self.drafts = {}

    def log_in(self, url):
        with Browser(url) as browser:
            status, text, _ = browser.exchange("POST", "/dashboard/login", {"email": EMAIL, "password": PASSWORD})
            if status != 303:
                raise Broken(f"log-in: {status} {text}")
            self.cookie = browser.cookie

    def run(self, url, token, is_killed):
        try:
            with Browser(url, self.cookie) as browser:
                while True:
                    self.step(browser)
                    self.pending = None
        except GONE:
            if not is_killed.is_set() and not is_killed.wait(5):
                self.problem = "the server closed a connection"
        except Broken as problem:
            self.problem = str(problem)

    def step(self, browser):
        choices = {self.create_incident: 3}
        if open_incidents := [one for one, record in self.incidents.items() if record.status != "resolved"]:
            choices |= {self.update: 4, self.resolve: len(open_incidents), self.save_draft: 2}
        [action] = self.random.choices(list(choices), list(choices.values()))
        if action == self.create_incident:
            action(browser)
        else:
            action(browser, self.random.choice(open_incidents))

    def post(self, browser, path, fields):
        """The path that the answer leads to; None if the session has sent all forms that it may send in a minute."""
        status, text, location = browser.exchange("POST", path, fields)
        if status == 429:
            time.sleep(0.01)
            return None
        if status != 303:
            raise Broken(f"POST {path}: {status} {text}")
        return location

    def review(self, browser, path, form, fields):
        """The form that the review of another form offers; None if it may not be sent now."""
        status, text, _ = browser.exchange("POST", f"{path}/review", form | fields)
        if status == 429:
            return None
        if status != 200 or path not in (forms := Hidden(text).forms):
            raise Broken(f"POST {path}/review: {status} {text}")
        return forms[path]

    def create_incident(self, browser):
        path, name = f"{PAGE}/incidents", self.name("incident by form")
        form = browser.screen(f"{path}/new").forms[f"{path}/review"]
        message = f"{name} began."
        if not (form := self.review(browser, path, form, {"name": name, "status": "investigating", "message": message})):
            return
        record = Record(name, (message,), "investigating")
        self.pending = lambda client: self.find_form_creation(client, path, form, record)
        if location := self.post(browser, path, form):
            self.keep(Form(path, form, location), record)

    def keep(self, form, record):
        """Notes that a form for a new incident was acknowledged."""
        self.acknowledged += 1
        self.creations.append(form)
        self.incidents[form.location.partition("?")[0].rpartition("/")[2]] = record

    def publish(self, browser, incident, status):
        screen, record = f"{PAGE}/incidents/{incident}", self.incidents[incident]
        path, message = f"{screen}/updates", self.name("update by form")
        form = browser.screen(screen).forms[f"{path}/review"]
        if not (form := self.review(browser, path, form, {"status": status, "message": message})):
            return
        after = Record(record.name, (*record.messages, message), status)
        self.pending = lambda client: self.find_form_update(client, incident, path, form, record, after)
        if location := self.post(browser, path, form):
            self.acknowledged += 1
            self.creations.append(Form(path, form, location))
            self.incidents[incident] = after
            self.drafts.pop(incident, None)

    def save_draft(self, browser, incident):
        screen = f"{PAGE}/incidents/{incident}"
        form = browser.screen(screen).forms[f"{screen}/updates/review"]
        message = self.name("draft")
        self.pending = lambda client: self.find_draft(incident, message)
        if self.post(browser, f"{PAGE}/drafts", form | {"kind": "incident", "event": incident, "message": message}):
            self.acknowledged += 1
            self.drafts[incident] = message

    # Checks after the restart.

    def check(self, client, url):
        with Browser(url, self.cookie) as self.browser:
            fate = self.pending(client) if self.pending else None
            self.pending = None
            for incident, record in self.incidents.items():
                self.expect(incident, record, self.look(client, self.incidents, incident))
            for form in self.creations:
                self.repeat_form(form)
            for incident, record in self.incidents.items():
                self.expect(incident, record, self.look(client, self.incidents, incident))
                if record.status != "resolved" and (found := self.draft(incident)) != self.drafts.get(incident):
                    raise Broken(f"the draft of {incident} is {found}, not {self.drafts.get(incident)}")
        return fate

    def repeat_form(self, form):
        if (location := self.post(self.browser, form.path, form.fields)) != form.location:
            raise Broken(f"the form {form.fields} led to {location}, not to {form.location}")

    def draft(self, incident):
        # HTML ignores a line break at the beginning of a text area.
        return (self.browser.screen(f"{PAGE}/incidents/{incident}").draft or "").removeprefix("\n") or None

    def find_form_creation(self, client, path, form, record):
        """Sends an unanswered form again. The server now creates the incident, or leads to the one it created."""
        listed = [one["id"] for one in client.read(f"{INCIDENTS}?status_page_id={self.page}&page_size=250")[
            "status_page_incidents"] if one["name"] == record.name]
        location = self.post(self.browser, path, form)
        self.keep(Form(path, form, location), record)
        if listed and listed != [list(self.incidents)[-1]]:
            raise Broken(f"the form of {record.name} led to {location}, but the list had {listed}")
        return "complete" if listed else "absent"

    def find_form_update(self, client, incident, path, form, before, after):
        fate = self.find_change(client, self.incidents, incident, before, after)
        self.creations.append(Form(path, form, self.post(self.browser, path, form)))
        self.incidents[incident] = after
        self.drafts.pop(incident, None)
        return fate

    def find_draft(self, incident, message):
        found, before = self.draft(incident), self.drafts.get(incident)
        if found not in (before, message):
            raise Broken(f"the draft of {incident} is {found}, neither {before} nor {message}")
        if found:
            self.drafts[incident] = found
        return "complete" if found == message else "absent"


def check_file(folder):
    """Checks a copy of the files that a killed server left. The server must recover the originals itself."""
    with tempfile.TemporaryDirectory(prefix="allclear-torture-") as copies:
        for name in ("sdk.db", "sdk.db-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(folder / name, copies)
        with contextlib.closing(sqlite3.connect(pathlib.Path(copies) / "sdk.db")) as database:
            def ask(sql):
                return database.execute(sql).fetchall()
            if (found := ask("PRAGMA integrity_check")) != [("ok",)]:
                raise Broken(f"integrity_check: {found}")
            if found := ask("PRAGMA foreign_key_check"):
                raise Broken(f"foreign_key_check: {found}")
            for sql in (
                "SELECT name, count(*) FROM api_keys WHERE name LIKE 'key %' GROUP BY name HAVING count(*) > 1",
                "SELECT message, count(*) FROM incident_updates GROUP BY message HAVING count(*) > 1",
                "SELECT message, count(*) FROM maintenance_updates GROUP BY message HAVING count(*) > 1",
            ):
                if found := ask(sql):
                    raise Broken(f"doubled: {found}")
            for event, child in (("incidents", "incident"), ("maintenances", "maintenance")):
                halves = ask(f"""SELECT id FROM {event} WHERE id NOT IN (SELECT {child}_id FROM {child}_updates)
                    OR id NOT IN (SELECT json_extract(body, '$.status_page_{child}.id') FROM idempotent_responses
                            WHERE kind = '{child}'
                        UNION ALL SELECT replace(location, '{PAGE}/{event}/', '') FROM form_submissions)""")
                if halves:
                    raise Broken(f"half-made {event}: {halves}")
                unrecorded = ask(f"""SELECT id FROM {event} WHERE id NOT IN (SELECT subject_id FROM audit_events
                    WHERE subject_kind = '{child}' AND action = 'created')""")
                if unrecorded:
                    raise Broken(f"{event} that the audit log does not have: {unrecorded}")
            if found := ask(f"""SELECT location FROM form_submissions
                    WHERE replace(location, '{PAGE}/incidents/', '') NOT IN (SELECT id FROM incidents)"""):
                raise Broken(f"forms that made nothing: {found}")
        succeed(BINARY, "verify", pathlib.Path(copies) / "sdk.db")


class Torture:
    def __init__(self, seed, writers, people):
        self.random = random.Random(seed)
        self.server = self.start()
        try:
            self.prepare(writers, people)
        except BaseException:
            self.stop()
            raise

    def prepare(self, writers, people):
        self.token = self.server.key("status_page_publisher", "status_page_viewer", "api_keys_manage")
        pages = self.server.call("GET", "/v2/status_pages", token=self.token)["status_pages"]
        self.page = next(page["id"] for page in pages if page["name"] == "Partners")
        self.writers = [Writer(number, self.page, self.random.random()) for number in range(writers)]
        people = [Person(writers + number, self.page, self.random.random()) for number in range(people)]
        with set_up(self.server):
            pass
        for person in people:
            person.log_in(self.server.url)
        self.writers += people
        self.fates = collections.Counter()
        self.rounds = 0

    @staticmethod
    def start():
        return Server(rate_limits={"requests_per_minute": 0}, public_url="http://localhost")

    def stop(self):
        if self.server.process.poll() is None:
            self.server.stop()
        else:
            self.server.folder.cleanup()

    @property
    def acknowledged(self):
        return sum(writer.acknowledged for writer in self.writers)

    def round(self):
        """Lets all writers write, kills the server, starts it again, and checks its state."""
        is_killed = threading.Event()
        threads = [threading.Thread(target=writer.run, args=(self.server.url, self.token, is_killed))
                   for writer in self.writers]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.01, 0.5))
        self.kill(is_killed)
        for thread in threads:
            thread.join()
        for writer in self.writers:
            if writer.problem:
                raise Broken(writer.problem)
        self.recover()
        with Client(self.server.url, self.token) as client:
            for writer in self.writers:
                self.fates[writer.check(client, self.server.url)] += 1
            if client.read("/partners/api/v1/summary") != client.read(f"/v2/status_pages/{self.page}/widget"):
                raise Broken("the widget is not what the API says")
            for writer in self.writers:
                writer.forget(client)
        self.rounds += 1

    def kill(self, is_killed):
        self.server.process.send_signal(signal.SIGKILL)
        is_killed.set()
        self.server.process.wait()
        self.server.log.close()

    def recover(self):
        check_file(pathlib.Path(self.server.folder.name))
        self.server.start()

    def report(self):
        return (f"{self.rounds} rounds, {self.acknowledged} writes acknowledged, 0 lost, 0 doubled; of the writes without an "
                f"answer, {self.fates['complete']} were stored completely and {self.fates['absent']} not at all")


class ReplicatedTorture(Torture):
    """Also erases the disk in each round, and continues with the replica.

    `has_new_paths` says whether each restored server replicates to a new path, as the documents advise, or to the first
    one.
    """

    def __init__(self, store, seed, writers, people, has_new_paths=True):
        self.store = store
        self.has_new_paths = has_new_paths
        self.prefix = f"torture-{seed}-{has_new_paths}"
        self.life = 0
        super().__init__(seed, writers, people)

    def start(self):
        from replicated import ReplicatedServer
        return ReplicatedServer(self.store, f"{self.prefix}-0", rate_limits={"requests_per_minute": 0},
                                public_url="http://localhost")

    def stop(self):
        self.server.end()

    def kill(self, is_killed):
        is_killed.set()
        self.server.lose_machine()

    def recover(self):
        self.life += 1
        self.server.restore(f"{self.prefix}-{self.life}" if self.has_new_paths else None)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--seconds", type=float, default=float("inf"), help="start no new round after this many seconds")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--writers", type=int, default=8)
    options.add_argument("--people", type=int, default=3, help="writers that use the dashboard")
    options.add_argument("--replicated", action="store_true", help="also erase the disk, and continue with the replica")
    options.add_argument("--old-path", action="store_true", help="with --replicated: replicate to the old path again")
    options = options.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    if options.replicated:
        from replicated import ObjectStore
        torture = ReplicatedTorture(ObjectStore(), seed, options.writers, options.people, not options.old_path)
    else:
        torture = Torture(seed, options.writers, options.people)
    end = time.monotonic() + options.seconds
    try:
        while torture.rounds < options.rounds and time.monotonic() < end:
            torture.round()
            if torture.rounds % 25 == 0:
                print(torture.report(), flush=True)
    except Broken as problem:
        raise SystemExit(f"round {torture.rounds + 1}, seed {seed}: {problem}")
    finally:
        torture.stop()
    print(torture.report())


if __name__ == "__main__":
    main()
