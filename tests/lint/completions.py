"""The completions that are checked in are those that the parser generates."""

import difflib
import pathlib
import subprocess
import sys
import tempfile

FILES = ["sock.bash", "_sock", "sock.fish"]


def main():
    different = 0
    with tempfile.TemporaryDirectory(prefix="sock-completions-") as directory:
        subprocess.run([sys.argv[1], directory], timeout=20, check=True)
        for name in FILES:
            path = pathlib.Path("completions") / name
            generated = (pathlib.Path(directory) / name).read_text()
            checked_in = path.read_text() if path.exists() else ""
            if not generated:
                different = 1
                print(f"nothing is generated for {name}")
            for line in difflib.unified_diff(checked_in.splitlines(), generated.splitlines(),
                                             str(path), "generated", lineterm=""):
                different = 1
                print(line)
    if not different:
        print("the completions are up to date")
    return different


sys.exit(main())
