"""Every row of the documented API works, from C++ and from the shell.

Runs the cases that stand for each row: those of the families under this kernel and in a guest, the
rest under this kernel alone. Prints a table of what passed where. A row without a case that has
passed fails, and so does a case that has passed nowhere.

  documented.py BUILD_DIR SOCK_PROGRAM MANUALS
"""

import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77

# The suites of families_tests: "ROW / C++" and "ROW / shell".
FAMILIES = """
AF_UNIX SOCK_STREAM|AF_UNIX SOCK_DGRAM|AF_UNIX SOCK_SEQPACKET|AF_INET SOCK_STREAM|AF_INET SOCK_DGRAM
AF_INET6 SOCK_STREAM|AF_INET6 SOCK_DGRAM|AF_CAN CAN_RAW|AF_CAN CAN_BCM|AF_CAN CAN_ISOTP|AF_PACKET
AF_RDS|AF_VSOCK SOCK_STREAM|AF_VSOCK SOCK_SEQPACKET|AF_TIPC SOCK_STREAM|AF_TIPC SOCK_SEQPACKET
AF_TIPC SOCK_RDM|AF_TIPC SOCK_DGRAM|AF_NETLINK|SOCK_RAW IPPROTO_ICMP|IPPROTO_SCTP SOCK_STREAM
IPPROTO_SCTP SOCK_SEQPACKET|IPPROTO_MPTCP|IPPROTO_UDPLITE
""".strip().replace("\n", "|").split("|")

# The rest of the API: cases of unit_sock, and of cli_tests; None where the shell has no use for it.
CALLS = {
    "names of families, types, protocols": (
        ["every documented family, type, protocol and flag has its name"],
        ["udplite: carries datagrams whose checksum covers only their head"]),
    "socket(family, type, proto)": (
        ["a socket is a blocking TCP socket over IPv4 unless told otherwise"],
        ["a datagram arrives, by prefix and by -u"]),
    "socket(fileno=)": (
        ["adoption finds out what it is not told, and believes what it is"],
        ["connect joins a connected socket that it inherited",
         "listen takes connections from a listening socket that it inherited"]),
    "socketpair()": (
        ["a socket pair is connected, of AF_UNIX streams by default, and not inherited"],
        ["two commands talk to each other, each a shell line"]),
    "create_connection()": (
        ["create_connection connects to a host by name, number, or none",
         "a connection comes from the source address", "the timeout is that of each attempt"],
        ["HOST PORT reaches a listener on every address, by name",
         "--timeout ends an attempt that nobody answers"]),
    "create_server()": (
        ["with reuse_port several servers share a port", "the backlog is the one given",
         "an IPv6 server takes IPv6 only, a dual-stack one IPv4 as well"],
        ["a listener on every address takes IPv6 and IPv4 on one port"]),
    "getaddrinfo()": (
        ["a numeric host and port are what they say", "type and protocol are passed on"],
        ["addresses are those of getaddrinfo, in its order, each once"]),
    "gethostbyname()": (
        ["gethostbyname gives the first IPv4 address in dotted form"],
        ["--hostbyname gives gethostbyname's address"]),
    "gethostbyname_ex()": (
        ["gethostbyname_ex gives name, aliases and addresses"],
        ["--hostbyname -l gives gethostbyname_ex's names and addresses"]),
    "gethostname()": (["the host's name is what the system says"], ["the name is uname's"]),
    "setdefaulttimeout() getdefaulttimeout()": (
        ["the default timeout applies to every new socket"],
        ["SOCK_TIMEOUT is the default of --timeout"]),
    "bind() listen() accept() connect() close()": (
        ["connect takes an address, or a host and a port", "bind takes a host: empty is the wildcard",
         "a negative backlog counts as 0, and the listener still takes a connection",
         "close works twice, detach leaves the descriptor open, the destructor closes"],
        ["what goes into connect comes out of listen, from files and pipes"]),
    "family type proto getpeername() getsockname()": (
        ["getsockname and getpeername of an unconnected socket",
         "dup copies family, type, protocol and timeout"],
        ["a conversation from the name to its end, and nothing else on standard error"]),
    "recv() recv_into() with flags": (
        ["recv gives what is there, then the end of the stream",
         "recv_into fills the buffer, or as much of it as asked",
         "MSG_WAITALL and MSG_DONTWAIT are passed on"],
        ["--max-bytes takes a banner and is done, though the input is open"]),
    "send() sendall() with flags": (
        ["sendall sends everything, however slowly it is read",
         "a send to a peer that is gone is BrokenPipeError, and no signal"],
        ["both ways at once, neither waits for the other",
         "urgent bytes stay in the stream of who asks for them"]),
    "setblocking() settimeout()": (
        ["none makes the descriptor blocking, any number non-blocking",
         "a timed recv ends by its deadline, never early, without an errno"],
        ["--idle-timeout ends a silent connection",
         "the socket of the command waits as programs expect it to"]),
    "makefile(), with": (
        ["a stream reads lines and values, and writes them",
         "the descriptor of a closed socket lives until its last stream is closed"], None),
}


def complaints(element):
    """What a failed case has to say."""
    for wrong in element.iterfind(".//Expression[@success='false']"):
        yield (f"{wrong.get('filename')}:{wrong.get('line')}: " + " -> ".join(
            (wrong.findtext(part) or "").strip() for part in ("Original", "Expanded")))
        yield from ((info.text or "").strip() for info in wrong.iterfind("Info"))
    yield from ((thrown.text or "").strip() for thrown in element.iterfind(".//Exception"))


class Case:
    def __init__(self, element):
        self.name = element.get("name")
        overall = element.find("OverallResultsAsserts")
        said = [text.text.strip() for text in element.iterfind(".//Message/Text") if text.text]
        self.reasons = [text for text in said if text.startswith("skipped")]
        self.failed = overall is None or overall.get("test_case_success") != "true"
        self.complaints = list(complaints(element))
        self.passed = (not self.failed and not self.reasons and int(overall.get("successes")) > 0)


def cases_in(report):
    """(suite, case) for each case that ran."""
    for suite in xml.fromstring(report).iter("TestSuite"):
        for element in suite.iter("TestCase"):
            if element.get("skipped") != "true":
                yield suite.get("name") or "", Case(element)


def run(command):
    """The cases of a test program; what it says besides goes on to standard error."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    start = done.stdout.find("<?xml")
    if start < 0:
        print(done.stdout)
        sys.exit(f"no report, exit status {done.returncode}: {' '.join(command)}")
    return list(cases_in(done.stdout[start:]))


def pattern(names):
    """doctest's filter for these names: a comma in one is escaped."""
    return ",".join(name.replace("\\", "\\\\").replace(",", "\\,") for name in names)


def guest_is_missing():
    sys.path.insert(0, str(HERE))
    import guest
    cache = os.environ.get("GUEST_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "guest-kernels")
    if "qemu" not in guest.kernels(cache):
        return "no kernel for a guest: tests/guest/guest.py fetch qemu"
    if not guest.shutil.which("qemu-system-x86_64"):
        return "no qemu-system-x86_64"
    return None


class Table:
    def __init__(self):
        self.problems = []

    def head(self):
        print(f"{'':46} {'C++':24} shell")

    def row(self, name, cells):
        print(f"{name:46} " + " ".join(f"{cell:24}" for cell in cells).rstrip())

    def cell(self, row, kind, by_place):
        """What passed where: "6 here, 8 in the guest"."""
        passed = {place: [c for c in cases if c.passed] for place, cases in by_place.items()}
        if not any(passed.values()):
            self.problems.append(f"{row}: nothing has passed from {kind}")
        names = {c.name for cases in by_place.values() for c in cases}
        for name in sorted(names - {c.name for cases in passed.values() for c in cases}):
            self.problems.append(f"{row}, {kind}: '{name}' has passed nowhere")
        for place, cases in by_place.items():
            for case in cases:
                if case.failed:
                    self.problems.append("\n    ".join(
                        [f"{row}, {kind}: '{case.name}' failed {place}", *case.complaints]))
        return ", ".join(f"{len(cases)} {place}" for place, cases in passed.items() if cases) or "-"


def families(table, here, guest):
    for row in FAMILIES:
        cells = []
        for kind in ("C++", "shell"):
            suite = f"{row} / {kind}"
            by_place = {place: [case for name, case in cases if name == suite]
                        for place, cases in (("here", here), ("in the guest", guest))}
            cells.append(table.cell(row, kind, by_place))
        table.row(row, cells)
    known = {f"{row} / {kind}" for row in FAMILIES for kind in ("C++", "shell")}
    for suite in sorted({suite for suite, _ in here + guest} - known):
        table.problems.append(f"'{suite}' is no row of the table")


def calls(table, library, shell):
    for row, names in CALLS.items():
        cells = []
        for kind, wanted, cases in (("C++", names[0], library), ("shell", names[1], shell)):
            if wanted is None:
                cells.append("")
                continue
            found = [case for _, case in cases if case.name in wanted]
            for name in set(wanted) - {case.name for case in found}:
                table.problems.append(f"{row}: there is no case '{name}'")
            cells.append(table.cell(row, kind, {"here": found}))
        table.row(row, cells)


def main():
    build, sock, manuals = map(pathlib.Path, sys.argv[1:])
    missing = guest_is_missing()
    if missing:
        print(f"skipped: {missing}")
        return SKIPPED
    program = build / "tests/guest/families_tests"
    report = ["--reporters=xml", "--no-colors"]
    here = run([program, *report])
    guest = run([sys.executable, HERE / "guest.py", "run", "--kernel", "qemu", "--require",
                 "can-isotp", "--host-root", "--env", "SOCK_IN_GUEST=1", "--file", sock,
                 "--file", manuals, "--timeout", "240", "--", program, *report])
    library = run([build / "tests/unit/sock/unit_sock", *report, "--test-case=" + pattern(
        name for row in CALLS.values() for name in row[0])])
    shell = run([build / "tests/cli/cli_tests", *report, "--test-case=" + pattern(
        name for row in CALLS.values() for name in row[1] or [])])
    table = Table()
    table.head()
    families(table, here, guest)
    calls(table, library, shell)
    print("\n".join(f"PROBLEM: {problem}" for problem in table.problems))
    return 1 if table.problems else 0


sys.exit(main())
