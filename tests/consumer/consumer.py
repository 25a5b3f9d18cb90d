"""Builds and runs the example of sock(3) on the installed library, as another project would."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def run(*words, **options):
    print("+", *words, flush=True)
    subprocess.run([str(word) for word in words], check=True, timeout=150, **options)


def example():
    """The literal block of the manual page, without its escapes."""
    page = pathlib.Path("man/sock.3").read_text()
    block = page.split(".Bd -literal\n", 1)[1].split("\n.Ed", 1)[0]
    return block.replace("\\&", "").replace("\\e", "\\") + "\n"


def with_cmake(args, work, prefix, flags):
    project = work / "project"
    shutil.copytree(HERE / "project", project)
    (project / "example.cpp").write_text(example())
    run(args.cmake, "-S", project, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={args.compiler}", f"-DCMAKE_CXX_FLAGS={' '.join(flags)}")
    run(args.cmake, "--build", work / "build")
    run(work / "build" / "consumer", stdout=subprocess.DEVNULL)


def with_pkg_config(args, work, prefix, flags):
    if not shutil.which("pkg-config"):
        print("pkg-config is not installed: not tried")
        return
    directory = next(prefix.rglob("sock.pc")).parent
    found = subprocess.run(
        ["pkg-config", "--define-variable", f"prefix={prefix}", "--cflags", "--libs", "sock"],
        env={"PKG_CONFIG_PATH": str(directory)}, capture_output=True, text=True, check=True).stdout
    source = work / "example.cpp"
    source.write_text(example())
    run(args.compiler, *flags, source, "-o", work / "with-pkg-config", *found.split())
    run(work / "with-pkg-config", stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    for name in ("cmake", "compiler", "build"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--sanitize", default="")
    args = parser.parse_args()
    flags = [f"-fsanitize={args.sanitize}"] if args.sanitize else []
    with tempfile.TemporaryDirectory(prefix="sock-consumer-") as directory:
        work = pathlib.Path(directory)
        prefix = work / "prefix"
        run(args.cmake, "--install", args.build, "--prefix", prefix, "--component", "library",
            stdout=subprocess.DEVNULL)
        with_cmake(args, work, prefix, flags)
        with_pkg_config(args, work, prefix, flags)
    return 0


sys.exit(main())
