"""A mail relay for the tests: it keeps its emails, and fails as a test asks it to."""

import asyncio
import base64
import dataclasses
import email
import email.policy
import logging
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# This logger reports every connection that breaks, and tests break many.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module="aiosmtpd")

STALL, DROP = "stall", "drop"


@dataclasses.dataclass
class Mail:
    sender: str
    recipient: str
    #: As it arrived, without dot-stuffing.
    content: bytes
    #: The number of the connection, from 1.
    connection: int

    @property
    def message(self):
        """The email, parsed; a defect raises an error."""
        return email.message_from_bytes(self.content, policy=email.policy.SMTP + email.policy.strict)


@dataclasses.dataclass
class Failure:
    """A failure instead of an answer: a reply such as `450 4.2.0 later`, STALL or DROP."""

    stage: str
    answer: str
    address: str | None = None
    times: int | None = None


class Sink:
    """Listens on a port of 127.0.0.1.

    port: 0 for any free port. delay: how many seconds it takes to accept an email.
    starttls, implicit: a server's ssl.SSLContext.
    users: names and passwords. If given, clients must log in.
    tokens: bearer tokens of XOAUTH2.
    mechanisms: the ways to log in that are offered.
    """

    def __init__(self, *, port=0, delay=0, starttls=None, implicit=None, users=None, tokens=(),
                 mechanisms=("PLAIN", "LOGIN")):
        self.mails, self.commands, self.connections = [], [], 0
        self.delay = delay
        self._protocols = []
        self._failures, self._known, self._lock = [], None, threading.Lock()
        self._starttls, self._implicit = starttls, implicit
        self._users, self._tokens, self._mechanisms = users, set(tokens), mechanisms
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def fail(self, stage, answer, *, address=None, times=None):
        """Fails from now on at `connect`, `EHLO`, `MAIL`, `RCPT`, `DATA` (before the email), `body` (after it) or `QUIT`.

        address: only for emails to it. times: only this many times.
        """
        with self._lock:
            self._failures.append(Failure(stage, answer, address, times))

    def greylist(self):
        """Rejects the first attempt to send to each address, temporarily."""
        with self._lock:
            self._known = set()

    def recover(self):
        """Accepts everything again."""
        with self._lock:
            self._failures.clear()
            self._known = None

    def allow(self, token):
        """Accepts this bearer token from now on, and no other."""
        self._tokens = {token}

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # The code from here on runs in the sink's own thread.

    async def _listen(self, port):
        return await self._loop.create_server(self._protocol, "127.0.0.1", port, ssl=self._implicit)

    async def _close(self):
        self._server.close()
        for protocol in self._protocols:
            if protocol.transport:
                protocol.transport.abort()
        await asyncio.sleep(0)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _protocol(self):
        protocol = _Protocol(
            self, _Handler(), loop=self._loop, hostname="sink.test", tls_context=self._starttls,
            require_starttls=self._starttls is not None, auth_required=bool(self._users or self._tokens),
            auth_require_tls=False, authenticator=self._authenticate, timeout=600,
            auth_exclude_mechanism=[name for name in ("PLAIN", "LOGIN", "XOAUTH2") if name not in self._mechanisms])
        self._protocols.append(protocol)
        return protocol

    def _authenticate(self, server, session, envelope, mechanism, data):
        return AuthResult(
            success=(self._users or {}).get(data.login.decode()) == data.password.decode(), handled=False)

    def accepts(self, token):
        return token in self._tokens

    def failure(self, stage, address=None):
        with self._lock:
            if stage == "RCPT" and self._known is not None and address not in self._known:
                self._known.add(address)
                return "450 4.7.1 greylisted"
            for failure in self._failures:
                if failure.stage == stage and failure.address in (None, address) and failure.times != 0:
                    if failure.times:
                        failure.times -= 1
                    return failure.answer
        return None


class _Protocol(SMTP):
    def __init__(self, sink, handler, **settings):
        self.sink = sink
        super().__init__(handler, **settings)

    async def _handle_client(self):
        self.sink.connections += 1
        self.number = self.sink.connections
        if not await self.fails("connect"):
            await super()._handle_client()

    async def fails(self, stage, address=None):
        """Applies the test's failure for this stage. Returns true if there is one."""
        answer = self.sink.failure(stage, address)
        if answer == STALL:
            await asyncio.sleep(600)
        elif answer == DROP:
            self.transport.abort()
        elif answer:
            await self.push(answer)
            if answer.startswith("421") or stage == "connect":
                self.transport.close()
        return answer is not None

    async def smtp_EHLO(self, argument):
        await self._command("EHLO", argument, super().smtp_EHLO)

    async def smtp_MAIL(self, argument):
        await self._command("MAIL", argument, super().smtp_MAIL)

    async def smtp_RCPT(self, argument):
        await self._command("RCPT", argument, super().smtp_RCPT, argument.partition("<")[2].partition(">")[0])

    async def smtp_DATA(self, argument):
        await self._command("DATA", argument, super().smtp_DATA, (self.envelope.rcpt_tos or [None])[-1])

    async def smtp_QUIT(self, argument):
        await self._command("QUIT", argument, super().smtp_QUIT)

    async def _command(self, name, argument, answer, address=None):
        self.sink.commands.append(f"{name} {argument or ''}".strip())
        if not await self.fails(name, address):
            await answer(argument)

    async def auth_XOAUTH2(self, server, arguments):
        text = arguments[1].encode() if len(arguments) > 1 else await self.challenge_auth("", encode_to_b64=False)
        fields = (base64.b64decode(text) if len(arguments) > 1 else text).decode().split("\x01")
        token = next((field[len("auth=Bearer "):] for field in fields if field.startswith("auth=Bearer ")), None)
        return AuthResult(success=self.sink.accepts(token), handled=False)


class _Handler:
    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        answer = server.sink.failure("body", recipient)
        if answer == STALL:
            await asyncio.sleep(600)
        elif answer == DROP:
            server.transport.abort()
            return "421 gone"
        elif answer:
            return answer
        await asyncio.sleep(server.sink.delay)
        server.sink.mails.append(Mail(envelope.mail_from, recipient, envelope.original_content, server.number))
        return f"250 2.0.0 kept as {len(server.sink.mails)}"
