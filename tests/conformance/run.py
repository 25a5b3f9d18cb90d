"""Runs CPython's unmodified test_socket over the socket core: every test that passes with CPython's
own module has to pass with ours.

    run.py --work DIRECTORY --module PATH/_socket.so [PATTERN...]

A pattern (fnmatch(3), of Class.method) chooses among those tests. One that is skipped or does not
run is lost. What the tests print, and where one that hangs stands, is in DIRECTORY/log.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3.11"
SKIPPED = 77
SECONDS_A_TEST = 60
MOST_LOST_WORKERS = 20
MOST_RETRIED = 20
MOST_SHOWN = 6000  # characters of what an interpreter said

# A .pth file imports this when the interpreter starts. The finder stands before all others: Debian's
# Python has _socket built in.
FINDER = """\
import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import spec_from_file_location

PATH = {module!r}


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "_socket":
            return spec_from_file_location(name, PATH, loader=ExtensionFileLoader(name, PATH))


sys.meta_path.insert(0, Finder)
"""


def reason_to_skip(module):
    if not pathlib.Path(PYTHON).exists():
        return "python3.11 is not installed"
    if not module:
        return "the module is not built: python3.11-dev was not installed at configuring"
    if subprocess.run([PYTHON, "-c", "import test.test_socket"], capture_output=True).returncode:
        return "test.test_socket is missing: libpython3.11-testsuite is not installed"
    return None


def make_interpreter(work, module):
    """A virtual environment whose _socket is ours, also in the programs that the tests start."""
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", "--clear", work / "env"], check=True)
    packages = next((work / "env" / "lib").glob("python3.*")) / "site-packages"
    (packages / "our_socket.py").write_text(FINDER.format(module=module))
    (packages / "our_socket.pth").write_text("import our_socket\n")
    return work / "env" / "bin" / "python"


def sanitized(module, work):
    """The environment in which a sanitizer's run-time works in an interpreter that has none."""
    environment = dict(os.environ)
    linked = subprocess.run(["ldd", module], capture_output=True, text=True, check=True).stdout
    runtime = re.search(r"/\S*/lib[at]san\S*", linked)
    options = f"log_path={work}/sanitizer"
    if runtime:
        # It looks for what it intercepts when it starts: libstdc++ throws, and must be there.
        library = re.search(r"/\S*/libstdc\+\+\S*", linked)
        environment["LD_PRELOAD"] = f"{runtime.group()} {library.group()}"
        environment["PYTHONMALLOC"] = "malloc"  # so that every object has its own bounds
    # The interpreter ends without freeing what it made.
    environment["ASAN_OPTIONS"] = options + ":detect_leaks=0"
    environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    environment["TSAN_OPTIONS"] = options
    return environment


class Runner:
    def __init__(self, python, module, work):
        self.command = [python, HERE / "worker.py", module, work / "events", str(SECONDS_A_TEST)]
        self.environment = sanitized(module, work)
        self.work = work
        (work / "log").touch()
        self.log = open(work / "log", "rb")

    def run(self, tests):
        """{id: (outcome, why)}, also of tests that end their process."""
        results, lost_workers = {}, 0
        while lost_workers < MOST_LOST_WORKERS:
            end = self.work_on([test for test in tests if test not in results])
            under_way, done = None, False
            for line in (self.work / "events").read_text().splitlines():
                kind, *event = json.loads(line)
                if kind == "begin":
                    under_way = event[0]
                elif kind == "end":
                    results[event[0]] = event[1:]
                    under_way = None
                done = kind == "done"
            if done:
                break
            lost_workers += 1
            if under_way is None:
                print(f"between two tests {end}")
                break
            results[under_way] = ("failed", end)
        return results

    def work_on(self, tests):
        """How the process ended: its code, and the last that it said."""
        (self.work / "events").write_text("")
        with open(self.work / "log", "ab") as log:
            worker = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True,
                cwd=self.work, env=self.environment, start_new_session=True,
                # A background job of a shell ignores SIGINT, which the tests send.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            worker.communicate("\n".join(tests))
        finally:
            try:
                os.killpg(worker.pid, signal.SIGKILL)  # what the tests left running
            except ProcessLookupError:
                pass
        said = self.log.read().decode(errors="replace")
        return f"the interpreter ended with {worker.returncode}, and said\n{said[-MOST_SHOWN:]}"


def reports(work):
    """What the sanitizers found: their own files, and where UBSan writes next to another."""
    said = (work / "log").read_text(errors="replace")
    return [*(path.read_text() for path in sorted(work.glob("sanitizer.*"))),
            *re.findall(r"^.*: runtime error: .*$", said, re.MULTILINE)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--module")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    args = parser.parse_args()
    reason = reason_to_skip(args.module)
    if reason:
        print("skipped:", reason)
        return SKIPPED

    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    work = args.work.resolve()
    expected = [test for test in (HERE / "expected.txt").read_text().split()
                if not args.patterns or any(fnmatch.fnmatchcase(test, p) for p in args.patterns)]
    runner = Runner(make_interpreter(work, args.module), args.module, work)
    results = runner.run(expected)

    def lost():
        return [test for test in expected if results.get(test, ("missing",))[0] != "passed"]

    # A busy machine fails tests that count on its speed; what then passes by itself is told.
    again = [test for test in lost() if results.get(test, ("missing",))[0] == "failed"]
    if len(again) <= MOST_RETRIED and not reports(work):
        for test in again:
            second = runner.run([test])
            if second.get(test, ("missing",))[0] == "passed":
                print(f"passed at the second try: {test}")
                results[test] = second[test]

    for test in lost():
        outcome, why = results.get(test, ("missing", ""))
        print(f"\nlost: {test} ({outcome})\n{why}".rstrip())
    for report in reports(work):
        print("\n" + report.rstrip())
    print(f"\n{len(expected) - len(lost())} passed, {len(lost())} failed")
    if reports(work):
        print(f"{len(reports(work))} findings of a sanitizer")
    return 1 if lost() or reports(work) or not expected else 0


sys.exit(main())
