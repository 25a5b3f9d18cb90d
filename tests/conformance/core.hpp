// The seam between Python's module `_socket` and the socket core: all that the module asks for, in
// the module's terms. The binding includes this and nothing of the library; core_sock.cpp
// implements it over the library's public headers.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace core {

// What the functions below throw, apart from what the interrupt hook throws.
struct Error {
  enum Kind {
    os,        // code: errno                         -> OSError or its subclass
    timeout,   // our own deadline                    -> TimeoutError("timed out")
    gai,       // code: EAI_*, message: gai_strerror  -> gaierror
    host,      // code: h_errno, message: hstrerror   -> herror
    text,      // a cause without an errno            -> OSError(message)
    value,     // a bad argument                      -> ValueError(message)
    overflow,  // an argument out of range            -> OverflowError(message)
  };
  Kind kind;
  int code = 0;
  std::string message{};
};

// Called after EINTR and after each partial send of sendall. It may throw: the exception comes out
// of the call that was under way.
using InterruptHook = void (*)();
void set_interrupt_hook(InterruptHook hook);

// ---- addresses

struct Addr {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// The host is encoded already; an empty one is the wildcard, and a name is looked up.
Addr inet_addr(int family, const std::string& host, int port, std::uint32_t flowinfo,
               std::uint32_t scope);
Addr unix_addr(std::string_view path);
Addr netlink_addr(std::uint32_t pid, std::uint32_t groups);
Addr vsock_addr(std::uint32_t cid, std::uint32_t port);
Addr qipcrtr_addr(std::uint32_t node, std::uint32_t port);
Addr packet_addr(const std::string& interface, int protocol, int packet_type, int hardware_type,
                 std::string_view hardware_address);
Addr tipc_addr(std::uint32_t type, std::uint32_t v1, std::uint32_t v2, std::uint32_t v3,
               std::uint32_t scope);
Addr alg_addr(std::string_view type, std::string_view algorithm, std::uint32_t features,
              std::uint32_t mask);
Addr can_addr(const std::string& interface);
Addr can_isotp_addr(const std::string& interface, std::uint32_t rx, std::uint32_t tx);
Addr can_j1939_addr(const std::string& interface, std::uint64_t name, std::uint32_t pgn,
                    std::uint8_t address);

struct NoView {};
struct InetView {
  std::string host;
  int port;
};
struct Inet6View {
  std::string host;
  int port;
  std::uint32_t flowinfo, scope;
};
struct UnixView {
  std::string path;
  bool abstract_name;
};
struct PairView {  // netlink, vsock, qipcrtr
  std::uint32_t first, second;
};
struct PacketView {
  std::string interface;
  int protocol, packet_type, hardware_type;
  std::string hardware_address;
};
struct TipcView {
  std::uint32_t type, v1, v2, v3, scope;
};
struct AlgView {
  std::string type, algorithm;
  std::uint32_t features, mask;
};
struct CanView {
  std::string interface;
};
struct CanIsotpView {
  std::string interface;
  std::uint32_t rx, tx;
};
struct CanJ1939View {
  std::string interface;
  std::uint64_t name;
  std::uint32_t pgn;
  std::uint8_t address;
};
struct OtherView {
  int family;
  std::string bytes;
};
using AddrView = std::variant<NoView, InetView, Inet6View, UnixView, PairView, PacketView, TipcView,
                              AlgView, CanView, CanIsotpView, CanJ1939View, OtherView>;
// The protocol tells the forms of AF_CAN apart.
AddrView describe(const Addr& address, int protocol);

// ---- one socket

struct ControlMessage {
  int level, type;
  std::string data;
};
struct Received {
  std::size_t size = 0;
  std::vector<ControlMessage> control;
  bool control_malformed = false;  // a control message was cut off in its middle
  int flags = 0;
  Addr from;
};

// Times are in nanoseconds; -1: no timeout (blocking), 0: non-blocking.
class Sock {
 public:
  Sock();  // as if closed
  Sock(Sock&&) noexcept;
  Sock& operator=(Sock&&) noexcept;
  ~Sock();

  static Sock open(int family, int type, int protocol);
  // What is -1 is found out from the descriptor.
  static Sock adopt(int fd, int family, int type, int protocol);
  static std::pair<Sock, Sock> pair(int family, int type, int protocol);

  int fd() const noexcept;
  int family() const noexcept;
  int type() const noexcept;
  int protocol() const noexcept;

  std::int64_t timeout() const noexcept;
  void set_timeout(std::int64_t ns);

  std::pair<int, Addr> accept();
  void bind(const Addr& address);
  void listen(std::optional<int> backlog);
  void connect(const Addr& address);
  int connect_ex(const Addr& address);  // 0 or an errno
  void close();
  int detach() noexcept;
  void shutdown(int how);
  Addr getsockname();
  Addr getpeername();

  std::size_t recv(std::span<std::byte> buffer, int flags);
  std::pair<std::size_t, Addr> recvfrom(std::span<std::byte> buffer, int flags);
  Received recvmsg(std::span<const iovec> buffers, std::size_t control_size, int flags);
  std::size_t send(std::span<const std::byte> data, int flags);
  void sendall(std::span<const std::byte> data, int flags);
  std::size_t sendto(std::span<const std::byte> data, int flags, const Addr& to);
  std::size_t sendmsg(std::span<const iovec> buffers, std::span<const ControlMessage> control,
                      int flags, const Addr* to);

  int getsockopt(int level, int option);
  std::string getsockopt(int level, int option, int size);
  void setsockopt(int level, int option, int value);
  void setsockopt(int level, int option, std::span<const std::byte> value);
  void setsockopt_null(int level, int option, unsigned size);

 private:
  struct Impl;
  explicit Sock(std::unique_ptr<Impl>) noexcept;
  std::unique_ptr<Impl> impl_;
};

// ---- functions of the module

std::int64_t default_timeout();
void set_default_timeout(std::int64_t ns);
void close_fd(int fd);
int dup_fd(int fd);

struct AddrInfo {
  int family, type, protocol;
  std::string canonname;
  Addr address;
};
std::vector<AddrInfo> getaddrinfo(const std::string* host, const std::string* service, int family,
                                  int type, int protocol, int flags);
std::pair<std::string, std::string> getnameinfo(const std::string& host, int port,
                                                std::uint32_t flowinfo, std::uint32_t scope,
                                                int flags);
struct HostEntry {
  std::string name;
  std::vector<std::string> aliases, addresses;
};
std::string gethostbyname(const std::string& host);
HostEntry gethostbyname_ex(const std::string& host);
HostEntry gethostbyaddr(const std::string& host);
std::string gethostname();
void sethostname(std::string_view name);
int getservbyname(const std::string& service, const std::string* protocol);
std::string getservbyport(int port, const std::string* protocol);
int getprotobyname(const std::string& protocol);

std::string inet_aton(const std::string& text);
std::string inet_ntoa(std::string_view packed);
std::string inet_pton(int family, const std::string& text);
std::string inet_ntop(int family, std::string_view packed);

std::vector<std::pair<unsigned, std::string>> if_nameindex();
unsigned if_nametoindex(const std::string& name);
std::string if_indextoname(unsigned index);

std::size_t cmsg_len(std::int64_t size);
std::size_t cmsg_space(std::int64_t size);

}  // namespace core
