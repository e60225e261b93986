"""Tests the completion scripts in their shells."""

import pathlib
import shutil
import tempfile
import unittest

from server import BINARY, succeed

COMMANDS = {"serve", "incidents", "maintenances", "keys", "check", "reload", "promote", "health", "backup", "restore",
            "verify", "mail", "subscribers", "deliveries", "audit", "pages", "users"}
KEYS = {"create", "list", "revoke", "generate"}
# The typed text, and the completions that the Tab key then offers.
CASES = [
    ("allclear help ", COMMANDS), ("allclear help ba", {"backup"}), ("allclear help keys ", KEYS),
    ("allclear help keys c", {"create"}), ("allclear help serve ", set()), ("allclear ba", {"backup"}),
]


class CompletionTests(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)

    def script(self, shell, name):
        path = self.folder / name
        path.write_text(succeed(BINARY, "--generate-completion-script", shell).stdout)
        return path

    def run_shell(self, *command):
        return succeed(*command).stdout

    def test_bash(self):
        script = self.script("bash", "allclear.bash")
        for typed, expected in CASES:
            code = """source "$1"; IFS=' ' read -ra COMP_WORDS <<< "$2"; [[ $2 = *" " ]] && COMP_WORDS+=("")
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
                _allclear allclear "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                echo "${COMPREPLY[*]}" """
            self.assertEqual(set(self.run_shell("bash", "-c", code, "bash", script, typed).split()), expected, typed)

    def test_fish(self):
        script = self.script("fish", "allclear.fish")
        for typed, expected in CASES:
            offered = self.run_shell("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, typed)
            self.assertEqual({line.split("\t")[0] for line in offered.splitlines()}, expected, typed)

    def test_zsh(self):
        self.script("zsh", "_allclear")
        # If only one name fits the typed text, checks the completed line.
        for typed, expected in CASES:
            if len(expected) != 1:
                continue
            code = """
                zmodload zsh/zpty
                zpty shell zsh -f -i
                zpty -w shell "PROMPT=; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -D"
                zpty -w shell "report() { print -r -- \\"<\\$BUFFER>\\"; }; zle -N report; bindkey '^I' complete-word '^X' report"
                zpty -w shell 'echo REA""DY'
                zpty -r shell line '*READY*'
                zpty -w -n shell "$2"$'\\t'$'\\x18'
                zpty -r shell line '*>*'
                print -r -- "$line"
                zpty -d shell"""
            line = self.run_shell("zsh", "-f", "-c", code, "zsh", self.folder, typed)
            *words, _ = typed.split(" ")
            self.assertIn(f"<{' '.join(words)} {expected.copy().pop()} >", line, typed)


for shell in ("fish", "zsh"):
    if not shutil.which(shell):
        name = f"test_{shell}"
        setattr(CompletionTests, name, unittest.skip(f"{shell} is not installed")(getattr(CompletionTests, name)))

if __name__ == "__main__":
    unittest.main()
