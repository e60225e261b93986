"""Attaches strace to a running server, to record its system calls or to make them fail."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest


def require():
    """Skips a test if strace is missing or not permitted."""
    if not shutil.which("strace"):
        raise unittest.SkipTest("strace is not installed")
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        raise unittest.SkipTest(f"strace is not permitted here: {probe.stderr.strip()}")


class Strace:
    """A context in which strace is attached to a process and all its threads."""

    def __init__(self, process, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="allclear-strace-")
        self.output = pathlib.Path(self.folder.name) / "calls"
        self.process = subprocess.Popen(
            ["strace", "-f", "-y", "-o", str(self.output), *arguments, "-p", str(process.pid)],
            stderr=subprocess.PIPE, text=True)
        if "attached" not in (line := self.process.stderr.readline()):
            self.process.kill()
            raise unittest.SkipTest(f"strace cannot attach to the server: {line.strip()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stderr.close()
        if self.output.exists():
            self.calls = parse(self.output.read_text(errors="replace"))
        self.folder.cleanup()


def failing(path, fault):
    """Arguments for strace that make calls on a file fail. `fault` is, for example, `fdatasync:error=EIO`."""
    name = fault.split(":")[0]
    return ["-P", str(path), "-e", f"trace={name}", "-e", f"inject={fault}"]


class Call:
    """A system call. `began` and `ended` are positions in the order of all starts and ends."""

    def __init__(self, began, text):
        self.began, self.ended, self.text = began, None, text

    def end(self, place, text=""):
        self.ended, self.text = place, self.text + text
        return self

    @property
    def name(self):
        return self.text.partition("(")[0]

    @property
    def file(self):
        """The path of the file; for other descriptors a name such as `socket:[1]`."""
        return re.match(r"\w+\(\d+<(.*?)>", self.text).group(1)

    @property
    def result(self):
        return self.text.rpartition("= ")[2]


def parse(text):
    """Parses strace's output. Returns the calls in the order in which they began."""
    calls, unfinished = [], {}
    for place, line in enumerate(text.splitlines()):
        thread, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.startswith("<..."):
            call = unfinished.pop(thread, None)
            if call:
                call.end(place, rest.partition("resumed>")[2])
        elif rest.startswith(("+++", "---")):
            continue
        elif rest.endswith("<unfinished ...>"):
            calls.append(Call(place, rest.removesuffix("<unfinished ...>")))
            unfinished[thread] = calls[-1]
        else:
            calls.append(Call(place, rest).end(place, ""))
    return calls
