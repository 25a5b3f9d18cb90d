"""The completions that are checked in are those that the parser generates."""

import difflib
import pathlib
import subprocess
import sys

FILES = {"bash": "sock.bash", "zsh": "_sock", "fish": "sock.fish"}


def main():
    different = 0
    for shell, name in FILES.items():
        path = pathlib.Path("completions") / name
        generated = subprocess.run([sys.argv[1], shell], capture_output=True, text=True,
                                   timeout=20, check=True).stdout
        checked_in = path.read_text() if path.exists() else ""
        for line in difflib.unified_diff(checked_in.splitlines(), generated.splitlines(),
                                         str(path), "generated", lineterm=""):
            different = 1
            print(line)
    if not different:
        print("the completions are up to date")
    return different


sys.exit(main())
