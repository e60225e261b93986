"""Runs the examples in docs/notifications.md that verify a webhook, on webhooks that a server has signed.

The examples for Node.js and Go run if these programs are installed.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import hooksink
from publishing import Publisher
from server import ROOT, Server, succeed

NODE = """
const { verify } = require("./example.js");
const { secret, headers, body } = JSON.parse(require("node:fs").readFileSync(0));
try { verify(secret, headers, Buffer.from(body, "base64")); } catch (error) { console.log(error.message); }
"""
GO = """
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"example.com/main/hooks"
)

func main() {
	var call struct {
		Secret, Body string
		Headers      map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&call); err != nil {
		panic(err)
	}
	header := http.Header{}
	for name, value := range call.Headers {
		header.Set(name, value)
	}
	body, err := base64.StdEncoding.DecodeString(call.Body)
	if err != nil {
		panic(err)
	}
	if err := hooks.Verify(call.Secret, header, body); err != nil {
		fmt.Println(err)
	}
}
"""


def example(language):
    """The example in this language."""
    section = (ROOT / "docs" / "notifications.md").read_text().partition("\n### Verify the signature\n")[2]
    [code] = re.findall(rf"^```{language}\n(.*?)^```$", section.partition("\n## ")[0], re.DOTALL | re.MULTILINE)
    return code


class WebhookExamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        server = Server(webhooks={"https_only": False, "allowed_networks": ["127.0.0.0/8"]})
        cls.addClassCleanup(server.stop)
        with hooksink.Sink() as sink:
            key = server.key("subscribers_manage")
            path = "/v2/status_page_subscribers"
            added = server.call("POST", path, {
                "status_page_id": Publisher(server).pages["Acme Status"], "channel": "webhook", "url": f"{sink.url}/hook",
            }, token=key)
            path += f"/{added['status_page_subscriber']['id']}/actions"
            server.call("POST", f"{path}/test", token=key)
            server.until(lambda: len(sink.calls) == 1)
            cls.old = added["secret"]
            cls.new = server.call("POST", f"{path}/rotate_secret", {}, token=key)["secret"]
            server.call("POST", f"{path}/test", token=key)
            server.until(lambda: len(sink.calls) == 2)
            cls.calls = list(sink.calls)

    def check(self, verify):
        """Checks an example. `verify` returns a text if the example rejects a webhook."""
        first, second = self.calls
        # While a secret is replaced, both sign.
        for secret, call in [(self.old, first), (self.old, second), (self.new, second)]:
            self.assertFalse(verify(secret, call.headers, call.content))
        time = int(first.headers["webhook-timestamp"])
        self.assertFalse(verify(self.old, {**first.headers, **self.signed(first, time + 1)}, first.content))
        other = "whsec_" + base64.b64encode(bytes(32)).decode()
        for reason, secret, changes, content in [
            ("secret", other, {}, first.content), ("secret", self.new, {}, first.content),
            ("body", self.old, {}, first.content + b" "),
            ("id", self.old, {"webhook-id": second.headers["webhook-id"]}, first.content),
            ("old", self.old, self.signed(first, time - 600), first.content),
            ("early", self.old, self.signed(first, time + 600), first.content),
            ("no time", self.old, {"webhook-timestamp": "now"}, first.content),
            ("no signature", self.old, {"webhook-signature": "v1,"}, first.content),
            ("version", self.old, {"webhook-signature": first.headers["webhook-signature"].replace("v1,", "v2,")},
             first.content),
        ]:
            with self.subTest(reason):
                self.assertTrue(verify(secret, {**first.headers, **changes}, content))

    def signed(self, call, time):
        """The fields with which the call would be signed at another time."""
        key = base64.b64decode(self.old.removeprefix("whsec_"))
        text = f"{call.headers['webhook-id']}.{time}.".encode() + call.content
        signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        return {"webhook-timestamp": str(time), "webhook-signature": f"v1,{signature}"}

    def check_program(self, command, files):
        with tempfile.TemporaryDirectory(prefix="allclear-test-") as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            for step in command[:-1]:
                succeed(*step, cwd=folder, timeout=300)

            def verify(secret, headers, content):
                call = {"secret": secret, "headers": headers, "body": base64.b64encode(content).decode()}
                return succeed(*command[-1], cwd=folder, input=json.dumps(call)).stdout

            self.check(verify)

    def test_python(self):
        names = {}
        exec(example("python"), names)

        def verify(secret, headers, content):
            try:
                self.assertEqual(names["receive"](secret, headers, content)["event_type"], "status_page.test_v1")
            except Exception as error:  # noqa: BLE001
                return str(error) or type(error).__name__

        self.check(verify)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node(self):
        self.check_program([["node", "driver.js"]], {"example.js": example("js"), "driver.js": NODE})

    @unittest.skipUnless(shutil.which("go"), "go is not installed")
    def test_go(self):
        self.check_program(
            [["go", "build", "-o", "driver", "."], ["./driver"]],
            {"go.mod": "module example.com/main\n", "hooks/hooks.go": example("go"), "main.go": GO})


if __name__ == "__main__":
    unittest.main()
