#include "conformance/binding/addresses.hpp"

#include <linux/can.h>
#include <linux/tipc.h>

#include <netpacket/packet.h>

#include "conformance/binding/arguments.hpp"
#include "conformance/binding/calls.hpp"

namespace binding {

namespace {

struct ToPython {
  PyObject* operator()(const core::NoView&) const { Py_RETURN_NONE; }
  PyObject* operator()(const core::InetView& v) const {
    return Py_BuildValue("si", v.host.c_str(), v.port);
  }
  PyObject* operator()(const core::Inet6View& v) const {
    return Py_BuildValue("siII", v.host.c_str(), v.port, v.flowinfo, v.scope);
  }
  PyObject* operator()(const core::UnixView& v) const {
    return v.abstract_name ? to_bytes(v.path) : to_path(v.path);
  }
  PyObject* operator()(const core::PairView& v) const {
    return Py_BuildValue("II", v.first, v.second);
  }
  PyObject* operator()(const core::PacketView& v) const {
    return Py_BuildValue("siiiN", v.interface.c_str(), v.protocol, v.packet_type, v.hardware_type,
                         to_bytes(v.hardware_address));
  }
  PyObject* operator()(const core::TipcView& v) const {
    return Py_BuildValue("IIIII", v.type, v.v1, v.v2, v.v3, v.scope);
  }
  PyObject* operator()(const core::AlgView& v) const {
    return Py_BuildValue("ssII", v.type.c_str(), v.algorithm.c_str(), v.features, v.mask);
  }
  PyObject* operator()(const core::CanView& v) const {
    return Py_BuildValue("(N)", to_path(v.interface));
  }
  PyObject* operator()(const core::CanIsotpView& v) const {
    return Py_BuildValue("NII", to_path(v.interface), v.rx, v.tx);
  }
  PyObject* operator()(const core::CanJ1939View& v) const {
    return Py_BuildValue("NKIB", to_path(v.interface), static_cast<unsigned long long>(v.name),
                         v.pgn, v.address);
  }
  PyObject* operator()(const core::OtherView& v) const {
    return Py_BuildValue("iN", v.family, to_bytes(v.bytes));
  }
};

// One address that is being parsed.
struct Parser {
  const SocketObject& socket;
  PyObject* object;
  core::Addr& out;
  const char* caller;

  bool parse() const;

 private:
  bool tuple(const char* family, const char* method) const;
  bool tuple(const char* family) const { return tuple(family, caller); }
  // What went beyond its C type in a PyArg_ParseTuple gets a better message.
  bool out_of_range(const char* what) const;
  bool inet(int family) const;
  bool unix_path() const;
  bool netlink() const;
  bool vsock_or_qipcrtr() const;
  bool packet() const;
  bool tipc() const;
  bool can() const;
  bool can_isotp() const;
  bool can_j1939() const;
  bool alg() const;

  template <class Make>
  bool made(Make make) const {
    return guarded([&] { out = make(); }, caller);
  }
};

bool Parser::tuple(const char* family, const char* method) const {
  if (PyTuple_Check(object)) return true;
  PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", method, family,
               Py_TYPE(object)->tp_name);
  return false;
}

bool Parser::out_of_range(const char* what) const {
  if (PyErr_ExceptionMatches(PyExc_OverflowError))
    PyErr_Format(PyExc_OverflowError, "%s(): %s", caller, what);
  return false;
}

bool Parser::inet(int family) const {
  const bool six = family == AF_INET6;
  if (!tuple(six ? "AF_INET6" : "AF_INET")) return false;
  PyObject* name;
  int port;
  unsigned flowinfo = 0, scope = 0;
  const int parsed =
      six ? PyArg_ParseTuple(
                object,
                "Oi|II;AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])", &name,
                &port, &flowinfo, &scope)
          : PyArg_ParseTuple(object, "Oi;AF_INET address must be a pair (host, port)", &name,
                             &port);
  if (!parsed) return out_of_range("port must be 0-65535.");
  std::string host;
  if (!host_argument(name, host)) return false;
  return released([&] { out = core::inet_addr(family, host, port, flowinfo, scope); }, caller);
}

bool Parser::unix_path() const {
  if (PyUnicode_Check(object)) {
    const Ref bytes(PyUnicode_EncodeFSDefault(object));
    return bytes && made([&] { return core::unix_addr(bytes_of(bytes.get())); });
  }
  Buffer path;
  if (!PyArg_Parse(object, "y*", &path.view)) return false;
  return made([&] { return core::unix_addr(path.text()); });
}

bool Parser::netlink() const {
  unsigned pid, groups;
  if (!tuple("AF_NETLINK") ||
      !PyArg_ParseTuple(object, "II;AF_NETLINK address must be a pair (pid, groups)", &pid,
                        &groups))
    return false;
  return made([&] { return core::netlink_addr(pid, groups); });
}

bool Parser::vsock_or_qipcrtr() const {
  const bool vsock = socket.family == AF_VSOCK;
  unsigned node, port;
  if (!tuple(vsock ? "AF_VSOCK" : "AF_QIPCRTR", "getsockaddrarg") ||
      !PyArg_ParseTuple(object, "II:getsockaddrarg", &node, &port))
    return false;
  return made(
      [&] { return vsock ? core::vsock_addr(node, port) : core::qipcrtr_addr(node, port); });
}

bool Parser::packet() const {
  if (!tuple("AF_PACKET")) return false;
  const char* interface;
  int protocol, packet_type = PACKET_HOST, hardware_type = 0;
  Buffer hardware_address;
  if (!PyArg_ParseTuple(object, "si|iiy*;AF_PACKET address must be a tuple of two to five elements",
                        &interface, &protocol, &packet_type, &hardware_type,
                        &hardware_address.view))
    return out_of_range("address argument out of range");
  return made([&] {
    return core::packet_addr(interface, protocol, packet_type, hardware_type,
                             hardware_address.text());
  });
}

bool Parser::tipc() const {
  unsigned type, v1, v2, v3, scope = TIPC_CLUSTER_SCOPE;
  if (!tuple("AF_TIPC") ||
      !PyArg_ParseTuple(object,
                        "IIII|I;AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])",
                        &type, &v1, &v2, &v3, &scope))
    return false;
  return made([&] { return core::tipc_addr(type, v1, v2, v3, scope); });
}

bool Parser::can() const {
  switch (socket.protocol) {
    case CAN_ISOTP:
      return can_isotp();
    case CAN_J1939:
      return can_j1939();
    case CAN_RAW:
    case CAN_BCM:
      break;
    default:
      PyErr_Format(PyExc_OSError, "%s(): unsupported CAN protocol", caller);
      return false;
  }
  PyObject* name;
  std::string interface;
  if (!tuple("AF_CAN") ||
      !PyArg_ParseTuple(object, "O;AF_CAN address must be a tuple (interface, )", &name) ||
      !path_argument(name, interface))
    return false;
  return made([&] { return core::can_addr(interface); });
}

bool Parser::can_isotp() const {
  PyObject* name;
  std::string interface;
  unsigned rx, tx;
  if (!PyArg_ParseTuple(object, "OII", &name, &rx, &tx) || !path_argument(name, interface))
    return false;
  return made([&] { return core::can_isotp_addr(interface, rx, tx); });
}

bool Parser::can_j1939() const {
  PyObject* name;
  std::string interface;
  unsigned long long device;
  unsigned pgn;
  unsigned char address;
  if (!PyArg_ParseTuple(object, "OKIB", &name, &device, &pgn, &address) ||
      !path_argument(name, interface))
    return false;
  return made([&] { return core::can_j1939_addr(interface, device, pgn, address); });
}

bool Parser::alg() const {
  const char *type, *algorithm;
  unsigned short features = 0, mask = 0;
  if (!tuple("AF_ALG") ||
      !PyArg_ParseTuple(object, "ss|HH;AF_ALG address must be a tuple (type, name[, feat[, mask]])",
                        &type, &algorithm, &features, &mask))
    return false;
  return made([&] { return core::alg_addr(type, algorithm, features, mask); });
}

bool Parser::parse() const {
  switch (socket.family) {
    case AF_INET:
    case AF_RDS:
      return inet(AF_INET);
    case AF_INET6:
      return inet(AF_INET6);
    case AF_UNIX:
      return unix_path();
    case AF_NETLINK:
      return netlink();
    case AF_VSOCK:
    case AF_QIPCRTR:
      return vsock_or_qipcrtr();
    case AF_PACKET:
      return packet();
    case AF_TIPC:
      return tipc();
    case AF_CAN:
      return can();
    case AF_ALG:
      return alg();
    default:
      PyErr_Format(PyExc_OSError, "%s(): bad family", caller);
      return false;
  }
}

}  // namespace

PyObject* to_python(const core::Addr& address, int protocol) {
  core::AddrView view;
  if (!guarded([&] { view = core::describe(address, protocol); })) return nullptr;
  return std::visit(ToPython{}, view);
}

bool address_argument(const SocketObject& socket, PyObject* object, core::Addr& out,
                      const char* caller) {
  return Parser{socket, object, out, caller}.parse();
}

}  // namespace binding
