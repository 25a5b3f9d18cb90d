#!/usr/bin/env python3
"""Writes the linker script that lays what every start runs together in the program.

    tests/bench/startup_order.py build/release/cmd/sock > cmake/startup_order.ld

The kernel maps a page of a program with its neighbours, 64 KiB at a time, so functions that run at
every start but lie scattered bring nearly the whole text into memory. Runs the program under
valgrind (Debian: valgrind) as a short connect, as a listener and as a relay, and puts the functions
of the first run first, then what the next one had besides, and so on.
"""
import collections
import contextlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

DEADLINE = 60  # seconds, for each wait: valgrind is slow
MUCH = 4 << 20  # bytes: enough for every way that bytes are moved


def echo(server):
    """Answers every connection with what it sends, until the socket is closed."""
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            return
        with peer:
            while data := peer.recv(65536):
                peer.sendall(data)


def talk(port):
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as peer:
        peer.settimeout(DEADLINE)
        peer.sendall(b"hello\n")
        sender = threading.Thread(target=lambda: (peer.sendall(bytes(MUCH)),
                                                  peer.shutdown(socket.SHUT_WR)))
        sender.start()
        while peer.recv(65536):
            pass
        sender.join()


class Profile:
    def __init__(self, program, folder):
        self.program, self.folder, self.files = program, folder, []

    @contextlib.contextmanager
    def run(self, *arguments):
        out = f"{self.folder}/{len(self.files)}"
        self.files.append(out)
        process = subprocess.Popen(
            ["valgrind", "--quiet", "--tool=callgrind", "--demangle=no",
             f"--callgrind-out-file={out}", self.program, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            yield process
            process.stdin.close()
            process.wait(DEADLINE)
        finally:
            process.kill()

    def serve(self, *arguments):
        """A listener on a port of its own, spoken to once, ended in the orderly way."""
        with self.run("listen", "-p", "0", *arguments) as process:
            # valgrind first tells of calls that it does not know: the sandbox's.
            line = next(text for text in process.stderr if text.startswith("listening on "))
            talk(int(re.search(r":(\d+)", line)[1]))
            process.terminate()

    def functions(self):
        """The names of what ran, run by run; a name may occur more than once."""
        for file in self.files:
            with open(file, encoding="utf-8") as lines:
                found = (re.match(r"c?fn=\(\d+\) (.*?)('\d+)?$", line.strip()) for line in lines)
                yield from sorted({match[1] for match in found if match})


def profile(program, folder):
    runs = Profile(program, folder)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=echo, args=(server,), daemon=True).start()
        port = server.getsockname()[1]
        with runs.run("connect", f"127.0.0.1:{port}") as process:
            process.stdin.write("x")
        with runs.run("connect", f"127.0.0.1:{port}") as process:
            process.stdin.write("x" * MUCH)
        runs.serve("-r")
        runs.serve("--echo")
        runs.serve("-k", "--echo")
        runs.serve("-k", "--to", f"127.0.0.1:{port}")
    with runs.run("--help"):
        pass
    return list(runs.functions())


def main():
    program = sys.argv[1]
    address, names = {}, collections.defaultdict(list)
    listing = subprocess.run(["nm", "--defined-only", program], check=True, capture_output=True,
                             text=True).stdout
    for line in listing.splitlines():
        where, kind, name = line.split()
        if kind in "tTwW":
            address[name] = where
            names[where].append(name)
    with tempfile.TemporaryDirectory() as folder:
        ran = profile(program, folder)
    # A section is named after any one of the names that a function has (constructors have two).
    order = dict.fromkeys(name for function in ran if function in address
                          for name in names[address[function]])
    if len(order) < 100:
        sys.exit(f"{program}: only {len(order)} functions seen: was it built in Release, with symbols?")
    print("/* Made by tests/bench/startup_order.py: what runs at every start, laid together. A name"
          "\n   that is not there (any more) is passed over. */")
    print("SECTIONS {\n  .text.started : {\n    *crt1.o(.text)\n    *crtbegin*.o(.text)")
    for name in order:
        print(f"    *(.text.{name} .text.startup.{name})")
    print("  }\n}\nINSERT BEFORE .text;")


if __name__ == "__main__":
    main()
