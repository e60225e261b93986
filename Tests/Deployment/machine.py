"""Boots a Debian with systemd-nspawn, with Allclear installed by `make install`."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build" / "deployment"
# Differs from the path in the units, so that `make install` must rewrite them.
PREFIX = "/opt/allclear"


class Failed(Exception):
    """A command that exited with an error."""


class Machine:
    """A machine with a separate file system. It shares the network of this process, so tests can reach its ports."""

    def __init__(self, base):
        """Copies the root file system `base`, and installs the existing build in the copy."""
        self.root, self.log = FOLDER / "machine", FOLDER / "console.log"
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", base, self.root], check=True)
        self.process = None
        self.install()

    def install(self):
        """Installs the existing build, even while an installed server runs."""
        subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={self.root}", f"PREFIX={PREFIX}"],
                       cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def boot(self):
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", "--console=read-only"]
        if not os.path.isdir("/run/systemd/system"):
            # The host does not run systemd, which could provide a scope.
            command += ["--register=no", "--keep-unit"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise Failed(f"systemd-nspawn could not boot the machine: {self.log.read_text()[-4000:]}")
            try:
                if (state := self.run("systemctl is-system-running", check=False).stdout.strip()) == "running":
                    return
                if state == "degraded":
                    raise Failed(f"units failed at boot: {self.run('systemctl --failed --no-legend').stdout}")
            except FileNotFoundError:
                pass
            time.sleep(0.2)

    @property
    def leader(self):
        """The process ID of the machine's init in the host's PID namespace."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if not children:
            raise FileNotFoundError("no init yet")
        return int(children[0])

    def run(self, script, check=True):
        """Runs a shell script in the machine as root."""
        run = subprocess.run([*self.enter, script], capture_output=True, text=True, timeout=120)
        if check and run.returncode != 0:
            log = subprocess.run([*self.enter, "journalctl --boot --lines=20 --output=cat"], capture_output=True, text=True).stdout
            raise Failed(f"{script}: exit code {run.returncode}: {run.stdout}{run.stderr}\nThe journal ends with:\n{log}")
        return run

    @property
    def enter(self):
        """The command that runs a shell script in the machine. The script is the next argument."""
        return ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd",
                "env", "-i", f"PATH={PREFIX}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG=C.UTF-8", "sh", "-c"]

    def path(self, path):
        """The host's path of a file in the running machine, including files in /run."""
        return pathlib.Path(f"/proc/{self.leader}/root{path}")

    def write(self, path, text):
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o644)

    def journal(self, unit="allclear"):
        self.run("journalctl --sync")
        return self.run(f"journalctl --boot --unit={unit} --output=cat").stdout

    def show(self, unit, *properties):
        """The values of a unit's properties."""
        return [self.run(f"systemctl show --value --property={one} {unit}").stdout.strip() for one in properties]

    def shut_down(self):
        self.run("systemctl poweroff", check=False)
        try:
            self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        if self.process.poll() is None:
            # Sends the signal three times, because the first two only ask the machine to shut down.
            for _ in range(3):
                self.process.send_signal(signal.SIGTERM)
                time.sleep(0.5)
            self.process.kill()
        self.process.wait()

    def remove(self):
        if self.process and self.process.poll() is None:
            self.shut_down()
        shutil.rmtree(self.root, ignore_errors=True)
