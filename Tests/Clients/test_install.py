"""Tests which files `make install` installs, and where."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from server import BINARY, ROOT

UNITS = {"allclear.service", "allclear.socket", "allclear-backup.service", "allclear-backup.timer"}


class InstallTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="allclear-install-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root = self.folder / "root"
        self.manual = self.folder / "allclear.1"
        self.manual.write_text(".Dd today\n")

    def install(self, prefix="/usr/local", binary=BINARY, umask=0o077):
        return subprocess.run([ROOT / "scripts" / "install", binary, self.manual, self.root, prefix],
                              capture_output=True, text=True, timeout=120, umask=umask)

    def files(self):
        return {str(one.relative_to(self.root)): one for one in self.root.rglob("*") if one.is_file()}

    def test_units_are_where_systemd_looks(self):
        for prefix, place in (("/usr/local", "usr/local/lib"), ("/opt/all-clear", "usr/local/lib"), ("/usr", "usr/lib"),
                              ("/usr/", "usr/lib")):
            with self.subTest(prefix):
                self.root = self.folder / prefix.strip("/").replace("/", "-") / str(len(prefix))
                run = self.install(prefix)
                self.assertEqual(run.returncode, 0, run.stderr)
                units = self.root / place / "systemd" / "system"
                self.assertEqual({one.name for one in units.iterdir()}, UNITS)
                program = f"{prefix.rstrip('/')}/bin/allclear"
                for name in ("allclear.service", "allclear-backup.service"):
                    self.assertIn(f"{program} ", (units / name).read_text())
                self.assertTrue(os.access(f"{self.root}{program}", os.X_OK))

    def test_files_are_readable_for_any_umask(self):
        kept = self.root / "usr/local/bin"
        kept.mkdir(parents=True)
        kept.chmod(0o2775)
        self.assertEqual(self.install().returncode, 0)
        for name, file in self.files().items():
            self.assertEqual(file.stat().st_mode & 0o777, 0o755 if name.endswith("bin/allclear") else 0o644, name)
            self.assertGreater(file.stat().st_size, 0, name)
        for folder in self.root.rglob("*"):
            if folder.is_dir() and folder != kept:
                self.assertEqual(folder.stat().st_mode & 0o7777, 0o755, folder)
        self.assertEqual(kept.stat().st_mode & 0o7777, 0o2775, "an existing directory must keep its mode")

    def test_failed_preparation_installs_nothing(self):
        # /bin/false can be stripped, because it is an executable. But it prints no completions.
        obstacles = {"a program that fails": {"binary": "/bin/false"}, "no program": {"binary": "/none"},
                     "a prefix that is not absolute": {"prefix": "usr"}, "a prefix with a space": {"prefix": "/opt/all clear"}}
        for name, settings in obstacles.items():
            with self.subTest(name):
                self.assertNotEqual(self.install(**settings).returncode, 0)
                self.assertFalse(self.root.exists())
        self.manual.unlink()
        self.assertNotEqual(self.install().returncode, 0)
        self.assertFalse(self.root.exists())

    def test_blocked_directory_installs_nothing(self):
        (self.root / "usr/local/share").mkdir(parents=True)
        (self.root / "usr/local/share/zsh").write_text("a file")
        self.assertNotEqual(self.install().returncode, 0)
        self.assertEqual(set(self.files()), {"usr/local/share/zsh"})


if __name__ == "__main__":
    unittest.main()
