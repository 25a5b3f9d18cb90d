// The functions that look up hosts, services, protocols and interfaces.
#include <climits>

#include "conformance/binding/addresses.hpp"
#include "conformance/binding/arguments.hpp"
#include "conformance/binding/calls.hpp"
#include "conformance/binding/functions.hpp"

namespace binding::functions {

namespace {

using Text = std::optional<std::string>;

const std::string* pointer(const Text& text) { return text ? &*text : nullptr; }

bool lookup_host(PyObject* object, Text& out) {
  if (object == Py_None) return true;
  if (PyBytes_Check(object)) {
    out = bytes_of(object);
    return true;
  }
  if (!PyUnicode_Check(object))
    return fail(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
  const Ref encoded(PyUnicode_AsEncodedString(object, "idna", nullptr));
  if (!encoded) return false;
  out = bytes_of(encoded.get());
  return true;
}

bool lookup_service(PyObject* object, Text& out) {
  if (object == Py_None) return true;
  if (PyBytes_Check(object)) {
    out = PyBytes_AS_STRING(object);
    return true;
  }
  if (!PyUnicode_Check(object) && !PyIndex_Check(object))
    return fail(PyExc_OSError, "Int or String expected");
  const Ref value(PyUnicode_Check(object) ? Py_NewRef(object) : PyNumber_Index(object));
  const Ref text(value ? PyObject_Str(value.get()) : nullptr);
  const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  if (!utf8) return false;
  out = utf8;
  return true;
}

PyObject* text_list(const std::vector<std::string>& texts) {
  Ref list(PyList_New(0));
  if (!list) return nullptr;
  for (const std::string& text : texts) {
    const Ref entry(to_text(text));
    if (!entry || PyList_Append(list.get(), entry.get()) < 0) return nullptr;
  }
  return list.release();
}

// An "et:name" argument, shown to the auditors, and what `find` makes of it.
template <class Result, class Find>
bool look_up(PyObject* args, const char* format, const char* event, Result& out, Find find) {
  std::string name;
  return name_argument(args, format, name) && PySys_Audit(event, "O", args) == 0 &&
         released([&] { out = find(name); });
}

PyObject* to_python_entry(const core::HostEntry& entry) {
  return Py_BuildValue("sNN", entry.name.c_str(), text_list(entry.aliases),
                       text_list(entry.addresses));
}

}  // namespace

PyObject* getaddrinfo(PyObject*, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"host", "port", "family", "type", "proto", "flags", nullptr};
  PyObject *host_object, *port_object;
  int family = AF_UNSPEC, type = 0, protocol = 0, flags = 0;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|iiii:getaddrinfo", const_cast<char**>(names),
                                   &host_object, &port_object, &family, &type, &protocol, &flags))
    return nullptr;
  Text host, service;
  if (!lookup_host(host_object, host) || !lookup_service(port_object, service)) return nullptr;
  if (PySys_Audit("socket.getaddrinfo", "OOiii", host_object, port_object, family, type, protocol) <
      0)
    return nullptr;
  std::vector<core::AddrInfo> found;
  if (!released([&] {
        found = core::getaddrinfo(pointer(host), pointer(service), family, type, protocol, flags);
      }))
    return nullptr;
  Ref list(PyList_New(0));
  if (!list) return nullptr;
  for (const core::AddrInfo& info : found) {
    PyObject* const address = to_python(info.address, protocol);
    if (!address) return nullptr;
    const Ref entry(Py_BuildValue("iiisN", info.family, info.type, info.protocol,
                                  info.canonname.c_str(), address));
    if (!entry || PyList_Append(list.get(), entry.get()) < 0) return nullptr;
  }
  return list.release();
}

PyObject* getnameinfo(PyObject*, PyObject* args) {
  PyObject* address;
  int flags;
  if (!PyArg_ParseTuple(args, "Oi:getnameinfo", &address, &flags)) return nullptr;
  if (!PyTuple_Check(address)) {
    PyErr_SetString(PyExc_TypeError, "getnameinfo() argument 1 must be a tuple");
    return nullptr;
  }
  const char* host;
  int port;
  unsigned flowinfo = 0, scope = 0;
  if (!PyArg_ParseTuple(address, "si|II;getnameinfo(): illegal sockaddr argument", &host, &port,
                        &flowinfo, &scope))
    return nullptr;
  if (PySys_Audit("socket.getnameinfo", "(O)", address) < 0) return nullptr;
  std::pair<std::string, std::string> found;
  const std::string numeric = host;
  if (!released([&] { found = core::getnameinfo(numeric, port, flowinfo, scope, flags); }))
    return nullptr;
  return Py_BuildValue("ss", found.first.c_str(), found.second.c_str());
}

PyObject* gethostbyname(PyObject*, PyObject* args) {
  std::string address;
  if (!look_up(args, "et:gethostbyname", "socket.gethostbyname", address, core::gethostbyname))
    return nullptr;
  return to_text(address);
}

PyObject* gethostbyname_ex(PyObject*, PyObject* args) {
  core::HostEntry entry;
  if (!look_up(args, "et:gethostbyname_ex", "socket.gethostbyname", entry, core::gethostbyname_ex))
    return nullptr;
  return to_python_entry(entry);
}

PyObject* gethostbyaddr(PyObject*, PyObject* args) {
  core::HostEntry entry;
  if (!look_up(args, "et:gethostbyaddr", "socket.gethostbyaddr", entry, core::gethostbyaddr))
    return nullptr;
  return to_python_entry(entry);
}

PyObject* gethostname(PyObject*, PyObject*) {
  if (PySys_Audit("socket.gethostname", nullptr) < 0) return nullptr;
  std::string name;
  return released([&] { name = core::gethostname(); }) ? to_path(name) : nullptr;
}

PyObject* sethostname(PyObject*, PyObject* args) {
  PyObject* object;
  std::string name;
  if (!PyArg_ParseTuple(args, "O:sethostname", &object)) return nullptr;
  if (PyBytes_Check(object))
    name = bytes_of(object);
  else if (!path_argument(object, name))
    return nullptr;
  if (PySys_Audit("socket.sethostname", "(O)", object) < 0) return nullptr;
  if (!guarded([&] { core::sethostname(name); })) return nullptr;
  Py_RETURN_NONE;
}

PyObject* getservbyname(PyObject*, PyObject* args) {
  const char *name, *protocol = nullptr;
  if (!PyArg_ParseTuple(args, "s|s:getservbyname", &name, &protocol)) return nullptr;
  if (PySys_Audit("socket.getservbyname", "sz", name, protocol ? protocol : "") < 0) return nullptr;
  const Text over = protocol ? Text(protocol) : Text();
  const std::string service = name;
  int port = 0;
  if (!released([&] { port = core::getservbyname(service, pointer(over)); })) return nullptr;
  return PyLong_FromLong(port);
}

PyObject* getservbyport(PyObject*, PyObject* args) {
  int port;
  const char* protocol = nullptr;
  if (!PyArg_ParseTuple(args, "i|s:getservbyport", &port, &protocol)) return nullptr;
  if (PySys_Audit("socket.getservbyport", "iz", port, protocol ? protocol : "") < 0) return nullptr;
  const Text over = protocol ? Text(protocol) : Text();
  std::string service;
  if (!released([&] { service = core::getservbyport(port, pointer(over)); })) return nullptr;
  return to_text(service);
}

PyObject* getprotobyname(PyObject*, PyObject* args) {
  const char* name;
  if (!PyArg_ParseTuple(args, "s:getprotobyname", &name)) return nullptr;
  const std::string protocol = name;
  int number = 0;
  if (!released([&] { number = core::getprotobyname(protocol); })) return nullptr;
  return PyLong_FromLong(number);
}

PyObject* if_nameindex(PyObject*, PyObject*) {
  std::vector<std::pair<unsigned, std::string>> interfaces;
  if (!guarded([&] { interfaces = core::if_nameindex(); })) return nullptr;
  Ref list(PyList_New(0));
  if (!list) return nullptr;
  for (const auto& [index, name] : interfaces) {
    const Ref entry(Py_BuildValue("IN", index, to_path(name)));
    if (!entry || PyList_Append(list.get(), entry.get()) < 0) return nullptr;
  }
  return list.release();
}

PyObject* if_nametoindex(PyObject*, PyObject* args) {
  PyObject* object;
  std::string name;
  if (!PyArg_ParseTuple(args, "O:if_nametoindex", &object) || !path_argument(object, name))
    return nullptr;
  unsigned index = 0;
  if (!guarded([&] { index = core::if_nametoindex(name); })) return nullptr;
  return PyLong_FromUnsignedLong(index);
}

PyObject* if_indextoname(PyObject*, PyObject* index) {
  const unsigned long number = PyLong_AsUnsignedLong(index);
  if (number == static_cast<unsigned long>(-1) && PyErr_Occurred()) return nullptr;
  if (number > UINT_MAX) {
    PyErr_SetString(PyExc_OverflowError, "Python int too large for C unsigned int");
    return nullptr;
  }
  std::string name;
  if (!guarded([&] { name = core::if_indextoname(static_cast<unsigned>(number)); })) return nullptr;
  return to_path(name);
}

}  // namespace binding::functions
