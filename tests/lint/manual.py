"""The manual has every flag that the program has and no other, and the same exit codes."""

import pathlib
import re
import shutil
import subprocess
import sys

COMMANDS = ["connect", "listen", "pair", "resolve", "hostname"]
MAN = pathlib.Path("man")


def flags_of_program(program, command):
    """From the option column of --help: two spaces, then '-w, --timeout TIME'."""
    words = [program] + ([command] if command else []) + ["--help"]
    text = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout
    flags = set()
    for line in text.splitlines():
        column = re.match(r"  (-\S.*?)(?:  |$)", line)
        if column:
            flags.update(re.findall(r"(?<!\S)(--?[A-Za-z0-9][\w-]*)", column.group(1)))
    return flags


def flags_of_page(page, only_items=False):
    """'.Fl w' is -w, '.Fl Fl timeout' is --timeout, wherever the macro stands."""
    flags = set()
    for line in page.read_text().splitlines():
        if not line.startswith(".") or line.startswith(".\\\""):
            continue
        if only_items and not line.startswith(".It "):
            continue
        for dashes, name in re.findall(r"\bFl ((?:Fl )?)([A-Za-z0-9][\w-]*)", line):
            flags.add(("--" if dashes else "-") + name)
    return flags


def check_flags(program):
    pages = [(command, MAN / f"sock-{command}.1") for command in COMMANDS]
    general = flags_of_program(program, None)
    everything = set(general)
    for command, page in pages:
        there = flags_of_program(program, command)
        if not there:
            yield f"sock {command} --help shows no flags"
        everything |= there
        listed = flags_of_page(page, only_items=True)
        # What every command has may be told once, in sock(1).
        for flag in sorted(there - listed - general):
            yield f"{page}: {flag} is missing"
        for flag in sorted(flags_of_page(page) - there - general):
            yield f"{page}: {flag} is no flag of sock {command}"
    page = MAN / "sock.1"
    for flag in sorted(general - flags_of_page(page, only_items=True)):
        yield f"{page}: {flag} is missing"
    for name in ("sock.1", "sock-events.5", "sock-address.7"):
        for flag in sorted(flags_of_page(MAN / name) - everything):
            yield f"{MAN / name}: {flag} is no flag of any command"


def check_exit_codes():
    source = pathlib.Path("cmd/exit.hpp").read_text()
    enum = re.search(r"enum class Exit[^{]*\{(.*?)\};", source, re.DOTALL).group(1)
    in_program = {int(code) for code in re.findall(r"=\s*(\d+)", enum)}
    page = (MAN / "sock.1").read_text()
    section = page[page.index(".Sh EXIT STATUS"):]
    section = section[:section.index("\n.Sh", 1)]
    in_manual = {int(code) for code in re.findall(r"^\.It (\d+)$", section, re.MULTILINE)}
    for code in sorted(in_program ^ in_manual):
        where = "cmd/exit.hpp" if code in in_program else "sock.1"
        yield f"exit code {code} is only in {where}"


def check_pages():
    if not shutil.which("mandoc"):
        print("mandoc is not installed: the pages' syntax is not checked")
        return
    for page in sorted(MAN.glob("*.[1357]")):
        result = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(page)],
                                capture_output=True, text=True)
        # References to pages that are not installed yet are no fault of the page.
        yield from (line for line in result.stdout.splitlines()
                    if "referenced manual not found" not in line)


def main():
    found = [*check_flags(sys.argv[1]), *check_exit_codes(), *check_pages()]
    print("\n".join(found) or "the manual and the program agree")
    return 1 if found else 0


sys.exit(main())
