"""Includes only point down, a source includes its own header first, and the core knows nothing but
the standard library and the system."""

import pathlib
import re
import sys

# A layer may include itself and what stands before it.
LAYERS = ["src/sock", "src/io", "src/wire", "src/serve", "cmd"]
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
# What the core may include with <>: C++ headers have no dot, the system's end in .h.
SYSTEM = re.compile(r"^([a-z_0-9]+|[a-z_0-9/-]+\.h)$")
THIRD_PARTY = re.compile(r"^(fmt|CLI|nlohmann|doctest|openssl)/")


def layer_of_include(name):
    """'io/loop.hpp' -> 'src/io'; 'cmd/exit.hpp' -> 'cmd'."""
    top = name.split("/")[0]
    return "cmd" if top == "cmd" else f"src/{top}"


def problems(path, layer):
    text = path.read_text()
    includes = INCLUDE.findall(text)
    own = path.with_suffix(".hpp")
    if path.suffix == ".cpp" and own.exists():
        name = own.as_posix().removeprefix("src/")
        if not includes or includes[0][1] != name:
            yield f"{path}: the first include must be \"{name}\", so that it compiles alone"
    for kind, name in includes:
        if kind == '"':
            target = layer_of_include(name)
            if target not in LAYERS:
                yield f"{path}: \"{name}\" names no layer"
            elif LAYERS.index(target) > LAYERS.index(layer):
                yield f"{path}: {layer} must not include {target} ({name})"
            root = pathlib.Path() if target == "cmd" else pathlib.Path("src")
            if not (root / name).exists():
                yield f"{path}: \"{name}\" does not exist below {root or '.'}"
        elif name.startswith("openssl/") and not path.name.startswith("tls_"):
            yield f"{path}: only tls_* may include OpenSSL ({name})"
        elif layer == "src/sock" and (THIRD_PARTY.match(name) or not SYSTEM.match(name)):
            yield f"{path}: the core uses only the standard library and the system ({name})"
    # Only the console talks; the library has neither exit nor a look at the environment.
    if layer != "cmd" and re.search(r"\b(std::cout|std::cerr|printf\s*\(|getenv\s*\()", text):
        yield f"{path}: the library neither prints nor reads the environment"
    if layer != "cmd" and re.search(r"(?<![\w_])(::|std::)exit\s*\(", text):
        yield f"{path}: the library does not exit"


def main():
    found, files = [], 0
    for layer in LAYERS:
        for path in sorted(pathlib.Path(layer).rglob("*.[hc]pp")):
            files += 1
            found += problems(path, layer)
    print("\n".join(found) or f"{files} files keep to the layers")
    return 1 if found or files == 0 else 0


sys.exit(main())
