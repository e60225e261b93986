"""Tests TLS with Python's ssl and the openssl command, and Unix sockets."""

import http.client
import json
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

import certificates
from server import BINARY, PAGES, ROOT, Server
from test_proxy import free_port

ECHO = ROOT / ".build" / "debug" / "http-echo"
SUMMARY = "/acme/api/v1/summary"


def client_context(*, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3, alpn=("http/1.1",)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version, context.maximum_version = least, most
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def connect(port, name="localhost", context=None, session=None):
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    return (context or client_context()).wrap_socket(
        plain, server_hostname=name, session=session, suppress_ragged_eofs=False)


def ask(connection, path=SUMMARY, host="localhost", fields="", close=False):
    """Sends a GET and returns the status, the fields and the body."""
    end = "Connection: close\r\n" if close else ""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}{end}\r\n".encode())
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.headers, answer.read()


def shown_certificate(connection):
    return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))


class TLSTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.crt, cls.key = certificates.make(cls.folder, "standard")
        cls.page_crt, cls.page_key = certificates.make(cls.folder, "page", "status.acme.example", rsa=True)
        cls.port, cls.redirect_port, cls.plain_port = free_port(), free_port(), free_port()
        acme = {**PAGES[0], "tls": {"certificate": str(cls.page_crt), "key": str(cls.page_key)}}
        cls.server = Server(
            listen=[
                {"address": f"127.0.0.1:{cls.plain_port}"},
                {"address": f"127.0.0.1:{cls.port}",
                 "tls": {"certificate": str(cls.crt), "key": str(cls.key)}, "hsts_seconds": 31536000},
                {"address": f"127.0.0.1:{cls.redirect_port}", "redirect_to_https_port": 443},
                f"unix:{cls.folder / 'http.sock'}",
            ],
            pages=[acme, *PAGES[1:]])
        cls.addClassCleanup(cls.server.stop)

    def log(self):
        return pathlib.Path(self.server.log.name).read_text()

    def test_versions_and_protocols(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with connect(self.port, context=client_context(least=version, most=version)) as connection:
                self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
                self.assertRegex(connection.cipher()[0], "ECDHE.*(GCM|CHACHA20)|^TLS_")
                self.assertEqual(ask(connection)[0], 200)
        with connect(self.port, context=client_context(alpn=())) as connection:
            self.assertIsNone(connection.selected_alpn_protocol())
            self.assertEqual(ask(connection)[0], 200)
        with connect(self.port, context=client_context(alpn=("h2", "http/1.1"))) as connection:
            self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            connect(self.port, context=client_context(alpn=("h2",)))
        for old in ("-tls1", "-tls1_1"):
            said = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", old, "-cipher", "ALL@SECLEVEL=0"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
            self.assertIn("alert protocol version", said.stderr)
        for weak in ("AES128-SHA", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256"):
            said = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-tls1_2", "-cipher", weak + "@SECLEVEL=0"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
            self.assertIn("alert handshake failure", said.stderr, weak)

    def test_certificate_for_requested_name(self):
        for name, crt in [("localhost", self.crt), ("status.acme.example", self.page_crt),
                          ("STATUS.acme.example", self.page_crt), ("status.acme.example.", self.page_crt),
                          ("other.example", self.crt)]:
            with connect(self.port, name) as connection:
                self.assertEqual(shown_certificate(connection), crt.read_text(), name)
        trusting = ssl.create_default_context(cafile=self.page_crt)
        with connect(self.port, "status.acme.example", trusting) as connection:
            status, _, body = ask(connection, "/api/v1/summary", "status.acme.example")
            self.assertEqual((status, json.loads(body)["page_title"]), (200, "Acme Status"))

    def test_sessions_are_resumed(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for name in ("localhost", "status.acme.example"):
                context = client_context(least=version, most=version)
                with connect(self.port, name, context) as first:
                    # In TLS 1.3, the session arrives with or after the first answer.
                    ask(first)
                    session = first.session
                    self.assertFalse(first.session_reused)
                with connect(self.port, name, context, session) as second:
                    self.assertTrue(second.session_reused, (version, name))
                    self.assertEqual(ask(second)[0], 200)

    def test_close_notify(self):
        with connect(self.port) as connection:
            # Without a close_notify, a read after the answer would raise an error.
            self.assertEqual(ask(connection, close=True)[0], 200)
            self.assertEqual(connection.recv(1), b"")

    def test_bytes_that_arrive_one_by_one(self):
        context = client_context()
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.addCleanup(plain.close)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")

        def flush():
            for byte in outgoing.read():
                plain.sendall(bytes([byte]))

        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    flush()
                    incoming.write(plain.recv(65536))

        until_done(tls.do_handshake)
        for byte in f"GET {SUMMARY} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode():
            tls.write(bytes([byte]))
        flush()
        self.assertTrue(until_done(lambda: tls.read(65536)).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_request_after_held_request_is_answered_after_it(self):
        with connect(self.port) as connection:
            tag = ask(connection)[1]["ETag"]
            request = f"GET {SUMMARY}%s HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {tag}\r\n\r\n"
        # Uses memory BIOs, so that both records are sent together.
        context = client_context()
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.addCleanup(plain.close)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")

        def until(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65536))

        until(tls.do_handshake)
        # Sends two requests in one segment. The server reads the second early, and it waits behind the first.
        tls.write((request % "?wait=2").encode())
        tls.write((request % "").encode())
        plain.sendall(outgoing.read())
        time.sleep(0.5)
        tls.write((request % "").encode())
        plain.sendall(outgoing.read())
        received, begin = b"", time.monotonic()
        while received.count(b"304 Not Modified") < 3:
            received += until(lambda: tls.read(65536))
            self.assertLess(time.monotonic() - begin, 30, "the third request was never read")

    def test_key_updates_are_skipped(self):
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-tls1_3"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(client.stdout.close)
        # openssl reads a letter alone on a line as a command. `k` changes its keys. `K` also asks the server to change its keys.
        for line in [b"", *[b"k\n", b"K\n"] * 5]:
            client.stdin.write(line)
            client.stdin.flush()
            time.sleep(0.1)
        client.stdin.write(f"GET {SUMMARY} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        client.stdin.flush()
        # The server closes the connection after the answer.
        said = client.stdout.read()
        client.stdin.close()
        client.wait(timeout=30)
        self.assertIn(b"KEYUPDATE", said)
        self.assertIn(b"HTTP/1.1 200 OK", said)

    def test_long_polls_and_streams(self):
        with connect(self.port) as connection:
            tag = ask(connection)[1]["ETag"]
            status, _, _ = ask(connection, SUMMARY + "?wait=1", fields=f"If-None-Match: {tag}\r\n")
            self.assertEqual(status, 304)
        with connect(self.port) as connection:
            connection.sendall(f"GET /acme/api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            received = b""
            while b"\n\n" not in received:
                received += connection.recv(65536)
            self.assertIn(b"event: summary", received)

    def test_strict_transport_security_only_over_tls(self):
        with connect(self.port) as connection:
            for path in (SUMMARY, "/nothing", "/v2/status_pages"):
                self.assertEqual(ask(connection, path)[1]["Strict-Transport-Security"], "max-age=31536000")
        with socket.create_connection(("127.0.0.1", self.plain_port), timeout=30) as connection:
            self.assertIsNone(ask(connection)[1]["Strict-Transport-Security"])

    def test_http_on_tls_port(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            status, fields, body = ask(connection)
            self.assertEqual(status, 400)
            self.assertIn(b"HTTPS", body)
            self.assertIsNone(fields["Strict-Transport-Security"])
            self.assertEqual(connection.recv(1), b"")

    def test_no_tls(self):
        for nonsense in (b"\x16\x03\x01\xff\xff" + bytes(65535), b"\x00" * 100, b"\x16\x03"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                try:
                    connection.sendall(nonsense)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                # The server has already closed the connection.
                except OSError:
                    pass
        with connect(self.port) as connection:
            self.assertEqual(ask(connection)[0], 200)

    def test_redirection_to_https(self):
        def redirected(request):
            with socket.create_connection(("127.0.0.1", self.redirect_port), timeout=30) as connection:
                connection.sendall(request)
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                return answer.status, answer.headers["Location"]

        for request, expected in [
            (b"GET /acme?a=b HTTP/1.1\r\nHost: status.example\r\n\r\n", (308, "https://status.example/acme?a=b")),
            (b"GET / HTTP/1.1\r\nHost: status.example:80\r\n\r\n", (308, "https://status.example/")),
            (b"HEAD / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", (308, "https://[::1]/")),
            (b"POST /v2/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", (308, "https://a/v2/x")),
            (b"GET http://other.example HTTP/1.1\r\nHost: a\r\n\r\n", (308, "https://other.example/")),
            (b"GET / HTTP/1.0\r\n\r\n", (400, None)),
            (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", (400, None)),
        ]:
            self.assertEqual(redirected(request), expected, request)

    def test_unix_socket(self):
        path = self.folder / "http.sock"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            self.assertEqual(ask(connection)[0], 200)

    def test_reload(self):
        folder = self.folder / "reload"
        folder.mkdir()
        crt, key = certificates.make(folder, "used")
        port = free_port()
        server = Server(listen=[{"address": f"127.0.0.1:{port}", "tls": {"certificate": str(crt), "key": str(key)}}])
        self.addCleanup(server.stop)
        log = pathlib.Path(server.log.name)

        def reload(said):
            seen = log.read_text().count(said)
            server.process.send_signal(signal.SIGHUP)
            for _ in range(1000):
                if log.read_text().count(said) > seen:
                    return
                time.sleep(0.02)
            self.fail(f"no {said} in {log.read_text()}")

        def configure(**settings):
            server.config.write_text(json.dumps({**json.loads(server.config.read_text()), **settings}))

        old = crt.read_text()
        with connect(port) as kept:
            self.assertEqual(ask(kept)[0], 200)
            key.write_text("no key")
            reload(str(key))
            with connect(port) as connection:
                self.assertEqual(shown_certificate(connection), old)
            certificates.make(folder, "used")
            reload("configuration applied")
            self.assertNotEqual(crt.read_text(), old)
            with connect(port) as connection:
                self.assertEqual(shown_certificate(connection), crt.read_text())
            # Other files, a certificate for a domain that had none, and another value of Strict-Transport-Security.
            other_crt, other_key = certificates.make(folder, "other")
            page_crt, page_key = certificates.make(folder, "page", "status.acme.example")
            listen = {"address": f"127.0.0.1:{port}", "tls": {"certificate": str(other_crt), "key": str(other_key)},
                      "hsts_seconds": 60}
            page = {**PAGES[0], "tls": {"certificate": str(page_crt), "key": str(page_key)}}
            configure(listen=[listen], pages=[page])
            reload("configuration applied")
            for name, certificate in [("localhost", other_crt), ("status.acme.example", page_crt)]:
                with connect(port, name) as connection:
                    self.assertEqual(shown_certificate(connection), certificate.read_text(), name)
            # A domain that no longer has a certificate gets the default one.
            configure(pages=PAGES)
            reload("configuration applied")
            with connect(port, "status.acme.example") as connection:
                self.assertEqual(shown_certificate(connection), other_crt.read_text())
            # All or nothing: one bad certificate also keeps the page's new name from taking effect.
            configure(pages=[{**PAGES[0], "name": "Renamed", "tls": {"certificate": str(page_key), "key": "/none"}}])
            reload("/pages/0/tls")
            self.assertNotIn(b"Renamed", ask(kept)[2])
            # Without TLS, the listener would be another one, and that needs a restart.
            configure(listen=[f"127.0.0.1:{port}"], pages=PAGES)
            reload("a change of listen needs a restart")
            with connect(port) as connection:
                self.assertEqual(shown_certificate(connection), other_crt.read_text())
            # A connection that was open before stays open, with the new settings.
            status, fields, _ = ask(kept)
            self.assertEqual((status, fields["Strict-Transport-Security"]), (200, "max-age=60"))

    def test_reload_under_load(self):
        server = Server()
        self.addCleanup(server.stop)
        log = pathlib.Path(server.log.name)
        host, port = server.url.removeprefix("http://").split(":")
        is_over = threading.Event()
        reads, failures = [0] * 3, []

        def read(number):
            # Each thread uses one connection, which must not be dropped.
            try:
                with socket.create_connection((host, int(port)), timeout=30) as connection:
                    while not is_over.is_set():
                        status, _, body = ask(connection)
                        json.loads(body)
                        if status != 200:
                            failures.append(status)
                        reads[number] += 1
            except Exception as error:
                failures.append(error)

        readers = [threading.Thread(target=read, args=[number]) for number in range(len(reads))]
        for reader in readers:
            reader.start()
        try:
            for number in range(1, 11):
                before = list(reads)
                settings = json.loads(server.config.read_text())
                settings.update(
                    pages=[{**PAGES[0], "name": f"Acme {number}"}, *PAGES[1 + number % 2:]],
                    http={"max_fields": 50 + number, "idle_timeout_seconds": 60 + number},
                    rate_limits={"requests_per_minute": number})
                server.config.write_text(json.dumps(settings))
                server.process.send_signal(signal.SIGHUP)
                for _ in range(1000):
                    if log.read_text().count("configuration applied") == number and not failures and all(
                            now > then + 5 for now, then in zip(reads, before)):
                        break
                    time.sleep(0.02)
                with socket.create_connection((host, int(port)), timeout=30) as connection:
                    self.assertEqual(json.loads(ask(connection)[2])["page_title"], f"Acme {number}")
        finally:
            is_over.set()
            for reader in readers:
                reader.join()
        self.assertEqual(failures, [])
        self.assertEqual(log.read_text().count("configuration applied"), 10)


class TLSEchoTests(unittest.TestCase):
    """Tests the engine alone, with large bodies in both directions."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-tls-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.crt, self.key = certificates.make(self.folder, "echo")

    def start(self, *options):
        process = subprocess.Popen(
            [ECHO, "0", "--certificate", self.crt, "--key", self.key, *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: self.assertEqual(process.wait(timeout=30), 0))
        self.addCleanup(process.terminate)
        return int(process.stdout.readline().rpartition(":")[2])

    def test_large_bodies(self):
        port = self.start()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(least=version, most=version)
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
            for size in (0, 1, 16_383, 16_384, 16_385, 100_000, 1_000_000):
                body = bytes(number % 251 for number in range(size))
                connection.request("POST", "/", body)
                self.assertEqual(connection.getresponse().read(), body, (version, size))
            connection.close()

    def test_slow_reader(self):
        port = self.start()
        body = b"x" * 1_000_000
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + body)
            time.sleep(0.5)
            # The client reads more slowly than the network, so the answer waits in the server.
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            received = b""
            while piece := answer.read(10_007):
                received += piece
            self.assertEqual(received, body)

    def test_pipelined(self):
        port = self.start()
        with connect(port) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100
                               + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            received = b""
            while piece := connection.recv(65536):
                received += piece
            self.assertEqual(received.count(b"HTTP/1.1 200 OK"), 101)

    def test_incomplete_handshake_times_out(self):
        port = self.start("--handshake-timeout", "1")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"\x16\x03\x01")
            self.assertEqual(connection.recv(1), b"")

    def test_half_closed_client_gets_answer(self):
        port = self.start()
        for goodbye in (True, False):
            with connect(port) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                if not goodbye:
                    socket.socket.shutdown(connection, socket.SHUT_WR)
                self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200 OK"))


class StartUpTests(unittest.TestCase):
    """Tests that the server reports unusable certificates and addresses with the file's name."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.crt, cls.key = certificates.make(cls.folder, "good")

    def run_with(self, tls, command="serve", **settings):
        config = self.folder / "config.json"
        config.write_text(json.dumps({
            "listen": [{"address": "127.0.0.1:0", "tls": {name: str(path) for name, path in tls.items()}}],
            "database": str(self.folder / "none.db"), "pages": PAGES, **settings}))
        run = subprocess.run([BINARY, command, "--config", config], capture_output=True, text=True, timeout=30)
        self.assertFalse((self.folder / "none.db").exists(), "no file was created")
        return run.returncode, run.stderr

    def test_unusable_files(self):
        good = {"certificate": self.crt, "key": self.key}
        other = certificates.make(self.folder, "other")
        rsa = certificates.make(self.folder, "rsa", rsa=True)
        expired = certificates.make(self.folder, "expired", end="20210101000000Z")
        future = certificates.make(self.folder, "future", start="20900101000000Z", end="20910101000000Z")
        locked = certificates.make(self.folder, "locked", passphrase="secret")
        empty = self.folder / "empty"
        empty.write_text("")
        cases = [
            ({**good, "key": other[1]}, other[1], "does not match the certificate in"),
            ({**good, "key": self.crt}, self.crt, "contains no private key"),
            ({**good, "key": rsa[1]}, rsa[1], "does not match the certificate in"),
            ({**good, "key": self.folder}, self.folder, "is empty or is not a regular file"),
            ({**good, "certificate": self.key}, self.key, "contains no certificate"),
            ({**good, "certificate": empty}, empty, "is empty"),
            ({**good, "certificate": self.folder / "none"}, self.folder / "none", "No such file"),
            (dict(zip(good, expired)), expired[0], "expired at Fri, 01 Jan 2021 00:00:00 GMT"),
            (dict(zip(good, future)), future[0], "is not valid before"),
            (dict(zip(good, locked)), locked[1], "without a passphrase"),
        ]
        for tls, file, reason in cases:
            for command in ("serve", "check"):
                code, said = self.run_with(tls, command)
                self.assertEqual(code, 78, said)
                self.assertRegex(said, fr'\n  tls(\.certificate|\.key)? (is|names) "{re.escape(str(file))}", which .* \(.*, /listen/0/tls')
                self.assertIn(reason, said)

    def test_certificate_for_another_domain(self):
        code, said = self.run_with(
            {"certificate": self.crt, "key": self.key},
            pages=[{**PAGES[0], "tls": {"certificate": str(self.crt), "key": str(self.key)}}])
        self.assertEqual(code, 78, said)
        self.assertIn(f'tls.certificate is "{self.crt}", which is not valid for status.acme.example (', said)
        self.assertIn(", /pages/0/tls/certificate, page ", said)

    def test_all_certificate_problems_are_reported(self):
        empty = self.folder / "empty"
        empty.write_text("")
        expired = certificates.make(self.folder, "late", "late.test", end="20210101000000Z")
        tls = lambda certificate, key: {"certificate": str(certificate), "key": str(key)}
        pages = [{"slug": slug, "name": slug, "domain": f"{slug}.test", "tls": files} for slug, files in (
            ("late", tls(*expired)), ("one", tls(self.crt, self.key)), ("two", tls(self.crt, self.key)),
            ("none", tls(empty, self.key)))]
        code, said = self.run_with(tls(self.crt, self.crt), pages=pages)
        self.assertEqual(code, 78, said)
        for problem, place in (
                (f'names "{self.crt}", which contains no private key', "/listen/0/tls"),
                (f'certificate is "{expired[0]}", which expired', "/pages/0/tls/certificate"),
                (f'certificate is "{self.crt}", which is not valid for one.test', "/pages/1/tls/certificate"),
                (f'certificate is "{self.crt}", which is not valid for two.test', "/pages/2/tls/certificate"),
                (f'certificate is "{empty}", which is empty', "/pages/3/tls/certificate")):
            self.assertRegex(said, rf"\n  tls[. ]{re.escape(problem)}.* \(.*, {place}[,)]")
        self.assertIn(": 5 problems\n", said)


class UnixSocketTests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-unix-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder / "http.sock"

    def test_socket_file_lifecycle(self):
        # A socket file that a killed server left must not prevent the start.
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.path))
        server = Server(listen=f"unix:{self.path}")
        stopped = False
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.path))
                self.assertEqual(ask(connection)[0], 200)
            second = subprocess.run([BINARY, "serve", "--config", server.config], capture_output=True, text=True)
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"unix:{self.path}: Address already in use", second.stderr)
            server.stop()
            stopped = True
            self.assertFalse(self.path.exists())
        finally:
            if not stopped:
                server.stop()

    def test_failed_take_over_leaves_socket_file(self):
        server = Server(listen=f"unix:{self.path}")
        self.addCleanup(server.stop)
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            settings = json.loads(server.config.read_text())
            settings["listen"] = [f"unix:{self.path}", f"127.0.0.1:{other.getsockname()[1]}"]
            config = self.folder / "successor.json"
            config.write_text(json.dumps(settings))
            successor = subprocess.run(
                [BINARY, "serve", "--take-over", "--config", config], capture_output=True, text=True, timeout=30)
        self.assertEqual(successor.returncode, 1)
        self.assertIn("Address already in use", successor.stderr)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.path))
            self.assertEqual(ask(connection)[0], 200)
        self.assertEqual([file.name for file in self.folder.glob("http.sock*")], ["http.sock"])

    def test_other_file_stays_unchanged(self):
        self.path.write_text("precious")
        with self.assertRaisesRegex(RuntimeError, "a file that is not a socket has this path"):
            Server(listen=f"unix:{self.path}")
        self.assertEqual(self.path.read_text(), "precious")


if __name__ == "__main__":
    unittest.main()
