"""Files stay short: one idea each."""

import pathlib
import sys

LIMITS = {"src": 400, "cmd": 400, "tests": 600}


def main():
    found, files = [], 0
    for root, limit in LIMITS.items():
        for path in sorted(pathlib.Path(root).rglob("*")):
            if path.suffix not in {".hpp", ".cpp", ".py"}:
                continue
            files += 1
            lines = path.read_bytes().count(b"\n")
            if lines > limit:
                found.append(f"{path}: {lines} lines, more than {limit}")
    print("\n".join(found) or f"{files} files are short enough")
    return 1 if found or files == 0 else 0


sys.exit(main())
