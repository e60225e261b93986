"""An endpoint for the tests: it keeps the calls that it gets, and answers as a test asks it to."""

import dataclasses
import http.server
import json
import ssl
import threading
import time

import standardwebhooks


@dataclasses.dataclass
class Call:
    path: str
    headers: dict
    content: bytes

    @property
    def body(self):
        return json.loads(self.content)

    def verify(self, secret):
        """Checks the signature as a receiver would, and returns the body. A wrong signature raises an error."""
        return standardwebhooks.Webhook(secret).verify(self.content, self.headers)


class Sink:
    """Listens on a free port of 127.0.0.1.

    certificate: the paths of a certificate and its key, to listen for HTTPS.
    """

    def __init__(self, certificate=None):
        self.calls = []
        self._answers, self._lock = [], threading.Lock()
        self._stopping = threading.Event()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                with sink._lock:
                    sink.calls.append(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, content))
                sink._answer(self)

            def do_GET(self):
                self.send_error(405)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def answer(self, status, headers=None, body=b"", *, delay=0, path=None, times=None):
        """Sets the answer from now on. The newest matching rule applies.

        delay: seconds before the answer. path: only for this path. times: only for this many calls.
        """
        with self._lock:
            self._answers.insert(0, {"status": status, "headers": headers or {}, "body": body, "delay": delay,
                                     "path": path, "times": times})

    def recover(self):
        """Answers 200 again."""
        with self._lock:
            self._answers.clear()

    def at(self, path):
        """The calls to a path, oldest first."""
        with self._lock:
            return [call for call in self.calls if call.path == path]

    def stop(self):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _rule(self, path):
        with self._lock:
            for rule in self._answers:
                if rule["path"] in (None, path) and rule["times"] != 0:
                    if rule["times"]:
                        rule["times"] -= 1
                    return rule
        return {"status": 200, "headers": {}, "body": b"", "delay": 0}

    def _answer(self, handler):
        rule = self._rule(handler.path)
        end = time.monotonic() + rule["delay"]
        while time.monotonic() < end and not self._stopping.is_set():
            time.sleep(min(0.05, max(0, end - time.monotonic())))
        try:
            handler.send_response(rule["status"])
            for name, value in rule["headers"].items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(rule["body"])))
            handler.end_headers()
            handler.wfile.write(rule["body"])
        except OSError:
            pass
