"""The sources are as clang-format leaves them."""

import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77


def main():
    if not shutil.which("clang-format"):
        print("skipped: clang-format is not installed")
        return SKIPPED
    files = [str(path) for root in ("src", "cmd", "tests")
             for path in sorted(pathlib.Path(root).rglob("*.[hc]pp"))]
    return subprocess.run(["clang-format", "--dry-run", "-Werror", *files]).returncode


sys.exit(main())
