# For the scripts beside it.

# Tests wait more than they compute: three at once keep two processors at work.
export CTEST_PARALLEL_LEVEL=3

# GCC collects its garbage from 128 MiB on; with more room it compiles a twentieth faster.
gcc_room=-DCMAKE_CXX_FLAGS=--param=ggc-min-heapsize=500000

say() { printf '\n== %s\n' "$*"; }

# Proxies and servers are peers of the tests, which start them themselves: none is to run because it
# was installed (invoke-rc.d(8)). For as long as this shell lives.
start_no_services() {
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] && return
  trap '$as_root rm -f $policy' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod 755 $policy
}

# Installs those of the named Debian packages that are missing, as root or with sudo.
install_packages() {
  missing=
  for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  # shellcheck disable=SC2086  # words are wanted
  $as_root apt-get update -qq </dev/null
  # In a shell of its own, so that the policy goes with it.
  (
    start_no_services
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -qq --yes --no-install-recommends $missing </dev/null
  )
}

# What the program is built with.
install_build_packages() {
  install_packages cmake ninja-build g++ libcli11-dev libfmt-dev nlohmann-json3-dev libssl-dev
}

# What the tests need besides: the framework, the peers, the tools that look on, and CPython's own
# socket tests.
install_test_packages() {
  install_packages doctest-dev openssl netcat-openbsd netcat-traditional ncat socat curl \
    microsocks dante-server tinyproxy haproxy nginx libnginx-mod-stream openssh-client \
    openssh-server python3 pkg-config mandoc clang-format procps \
    iproute2 python3.11 python3.11-dev libpython3.11-testsuite qemu-system-x86
  fetch_guest_kernel
}

# The kernel that tests/guest boots: from Debian's archive into the user's cache, not installed.
fetch_guest_kernel() {
  case $(tests/guest/guest.py modules) in
    *qemu:*) return ;;
  esac
  say "fetching a kernel for the tests in a guest"
  tests/guest/guest.py fetch qemu && return
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update -qq </dev/null
  tests/guest/guest.py fetch qemu
}

# Compilers and linters for what is checked besides.
install_lint_packages() {
  install_packages clang clang-tidy
}

# configure_and_build PRESET [CMAKE OPTION...]
configure_and_build() {
  preset=$1
  shift
  say "building: $preset"
  cmake --preset "$preset" "$@"
  cmake --build --preset "$preset"
}

# Sanitizers need a predictable memory layout, which newer kernels do not always give.
steady_layout() {
  if setarch "$(uname -m)" -R true 2>/dev/null; then
    setarch "$(uname -m)" -R "$@"
  else
    "$@"
  fi
}
