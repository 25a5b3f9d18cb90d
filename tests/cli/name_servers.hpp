// Programs that see name servers of our own, in a network namespace.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "support/temp.hpp"

namespace cli {

// The server at 127.0.0.2 knows another address, and cuts what it says of big.test; nobody is at
// 127.0.0.3. Of silent.test nobody says anything.
inline constexpr const char* name_servers = R"(
import socket, struct, subprocess, sys, threading

def records(host, name, kind, tcp):
    if name == b'\x01a\x04test\x00':
        if kind == 1:
            return [bytes([192, 0, 2, 9 if host == '127.0.0.2' else 1])]
        return [socket.inet_pton(socket.AF_INET6, '2001:db8::1')]
    if name == b'\x03big\x04test\x00' and kind == 1:
        return [bytes([192, 0, 2, i]) for i in range(40)] if tcp else 'cut'
    return None if name != b'\x03big\x04test\x00' else []

def answer(host, query, tcp):
    end = query.index(0, 12) + 1
    name, kind = query[12:end].lower(), struct.unpack('>H', query[end:end + 2])[0]
    found = records(host, name, kind, tcp)
    code = 3 if found is None else 0
    cut = found == 'cut'
    found = [] if cut or found is None else found
    text = query[:2] + struct.pack('>HHHHH', 0x8180 | cut * 0x200 | code, 1, len(found), 0, 0)
    text += query[12:end + 4]
    for data in found:
        text += b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 300, len(data)) + data
    return text

def serve_udp(host, udp):
    while True:
        query, peer = udp.recvfrom(1000)
        if b'\x06silent' in query:
            continue
        udp.sendto(answer(host, query, False), peer)

def serve_tcp(host, listener):
    while True:
        connection = listener.accept()[0]
        query = connection.recv(1000)[2:]
        text = answer(host, query, True)
        connection.sendall(struct.pack('>H', len(text)) + text)
        connection.close()

subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
for host in '127.0.0.1', '127.0.0.2':
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind((host, 53))
    tcp = socket.create_server((host, 53))
    for serve, one in (serve_udp, udp), (serve_tcp, tcp):
        threading.Thread(target=serve, args=(host, one), daemon=True).start()
sys.exit(subprocess.run(sys.argv[1:]).returncode)
)";

class NameServers {
 public:
  NameServers() {
    support::write_file(directory_ / "servers.py", name_servers);
    support::write_file(directory_ / "hosts", "192.0.2.77 local.test\n");
    support::write_file(directory_ / "nsswitch.conf", "hosts: files dns\n");
    support::write_file(directory_ / "resolv.conf",
                        "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n"
                        "search test\n");
  }

  Outcome run(std::vector<std::string> argv) const {
    Program program;
    program.argv = {"unshare",
                    "--map-root-user",
                    "--mount",
                    "--net",
                    "--uts",
                    "sh",
                    "-c",
                    "for f in hosts nsswitch.conf resolv.conf; do mount --bind \"$0/$f\" /etc/$f "
                    "|| exit 99; done; exec python3 \"$0/servers.py\" \"$@\"",
                    directory_.path().string()};
    program.argv.insert(program.argv.end(), argv.begin(), argv.end());
    program.deadline = std::chrono::seconds(60);
    return support::run(program);
  }
  std::string refused() const {
    for (const char* program : {"unshare", "ip", "python3"})
      if (!support::installed(program)) return std::string("there is no ") + program;
    const Outcome outcome = run({"true"});
    return outcome.code == 0 ? "" : "no namespaces here: " + outcome.err;
  }

 private:
  support::TempDir directory_;
};

}  // namespace cli
