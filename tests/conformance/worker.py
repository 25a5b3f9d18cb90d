"""Runs tests of CPython's test_socket in this interpreter, and tells of each as it begins and ends,
so that it is known which one was under way when the process hangs or dies.

    worker.py MODULE EVENTS SECONDS < IDS

MODULE   what `_socket` has to be
EVENTS   a file for a JSON list a line: ["begin", id], ["end", id, outcome, why], ["done"]
SECONDS  for each test; then the process ends with a traceback of all threads
IDS      the tests to run, Class.method, one a line
"""

import faulthandler
import json
import sys
import traceback
import unittest

SUITE = "test.test_socket"


class Reporter(unittest.TestResult):
    """A test has the worst outcome that was reported for it or for one of its subtests."""

    RANK = ["passed", "skipped", "failed"]

    def __init__(self, events, limit):
        super().__init__()
        self.events = events
        self.limit = limit
        self.outcome, self.why = "passed", ""

    def emit(self, *event):
        print(json.dumps(event), file=self.events, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.outcome, self.why = "passed", ""
        self.emit("begin", identifier(test))
        faulthandler.dump_traceback_later(self.limit, exit=True)

    def stopTest(self, test):
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        self.emit("end", identifier(test), self.outcome, self.why)

    def note(self, outcome, why):
        print(why, file=sys.stderr, flush=True)  # also of a class as a whole
        if self.RANK.index(outcome) > self.RANK.index(self.outcome):
            self.outcome, self.why = outcome, why

    def addFailure(self, test, err):
        self.note("failed", "".join(traceback.format_exception(*err)))

    addError = addFailure

    def addSkip(self, test, reason):
        if not hasattr(test, "test_case"):  # a subtest that is skipped does not skip the whole
            self.note("skipped", reason)

    def addSubTest(self, test, subtest, err):
        if err:
            self.addFailure(subtest, err)

    def addUnexpectedSuccess(self, test):
        self.note("failed", "passed, where CPython expects it to fail")


def identifier(test):
    return test.id().removeprefix(SUITE + ".")


def chosen(suite, ids):
    """The suite with nothing but those tests, in its order and still grouped by class."""
    kept = (chosen(test, ids) if isinstance(test, unittest.TestSuite) else test for test in suite)
    return type(suite)(test for test in kept
                       if (test.countTestCases() if isinstance(test, unittest.TestSuite)
                           else identifier(test) in ids))


def main():
    module, path, limit = sys.argv[1:]
    faulthandler.enable()

    import _socket
    if _socket.__spec__.origin != module:
        sys.exit(f"_socket is {_socket.__spec__.origin}, not {module}")

    from test import support
    support.use_resources = ["cpu", "walltime", "subprocess"]  # not the network
    suite = unittest.defaultTestLoader.loadTestsFromName(SUITE)
    with open(path, "w", encoding="utf-8") as events:
        reporter = Reporter(events, float(limit))
        chosen(suite, set(sys.stdin.read().split())).run(reporter)
        reporter.emit("done")


main()
