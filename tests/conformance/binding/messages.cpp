// The methods that send and receive messages with ancillary data.
#include <linux/if_alg.h>

#include <climits>
#include <cstring>

#include "conformance/binding/addresses.hpp"
#include "conformance/binding/arguments.hpp"
#include "conformance/binding/calls.hpp"
#include "conformance/binding/methods.hpp"

namespace binding::methods {

namespace {

PyObject* control_list(const core::Received& received) {
  Ref list(PyList_New(0));
  if (!list) return nullptr;
  for (const core::ControlMessage& item : received.control) {
    const Ref entry(Py_BuildValue("iiN", item.level, item.type, to_bytes(item.data)));
    if (!entry || PyList_Append(list.get(), entry.get()) < 0) return nullptr;
  }
  return list.release();
}

// (data, [(level, type, bytes)...], flags, address); takes `data`, which may be null.
PyObject* build_result(PyObject* self, const core::Received& received, PyObject* data) {
  const Ref first(data);
  if (!first) return nullptr;
  if (received.control_malformed &&
      PyErr_WarnEx(PyExc_RuntimeWarning,
                   "received malformed or improperly-truncated ancillary data", 1) < 0)
    return nullptr;
  const Ref control(control_list(received));
  if (!control) return nullptr;
  const Ref from(to_python(received.from, socket_of(self).protocol));
  if (!from) return nullptr;
  return Py_BuildValue("OOiO", first.get(), control.get(), received.flags, from.get());
}

// Closes the descriptors that came with a message nobody will see. Keeps the Python error.
void close_descriptors(const core::Received& received) {
  for (const core::ControlMessage& item : received.control) {
    if (item.level != SOL_SOCKET || item.type != SCM_RIGHTS) continue;
    for (std::string_view rest = item.data; rest.size() >= sizeof(int);
         rest.remove_prefix(sizeof(int))) {
      int fd;
      std::memcpy(&fd, rest.data(), sizeof fd);
      try {
        core::close_fd(fd);
      } catch (const core::Error&) {
        // It is gone either way.
      }
    }
  }
}

PyObject* message_result(PyObject* self, const core::Received& received, PyObject* data) {
  PyObject* const result = build_result(self, received, data);
  if (!result) close_descriptors(received);
  return result;
}

bool control_argument(PyObject* sequence, std::vector<core::ControlMessage>& out) {
  const Ref fast(PySequence_Fast(sequence, "sendmsg() argument 2 must be an iterable"));
  if (!fast) return false;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(fast.get()); ++i) {
    Buffer data;
    int level, type;
    if (!PyArg_Parse(PySequence_Fast_GET_ITEM(fast.get(), i),
                     "(iiy*):[sendmsg() ancillary data items]", &level, &type, &data.view))
      return false;
    out.push_back({level, type, std::string(data.text())});
  }
  return true;
}

PyObject* send_message(PyObject* self, const Buffers& data,
                       const std::vector<core::ControlMessage>& control, int flags,
                       const core::Addr* to) {
  std::size_t n = 0;
  if (!released([&] { n = core_of(self).sendmsg(data.parts(), control, flags, to); }))
    return nullptr;
  return PyLong_FromSize_t(n);
}

// An int of 0 or more.
std::optional<std::uint32_t> natural(PyObject* object) {
  const long value = object ? PyLong_AsLong(object) : -1;
  if (value < 0 || value > INT_MAX) return {};
  return static_cast<std::uint32_t>(value);
}

core::ControlMessage alg_item(int type, std::uint32_t number, std::string_view rest = {}) {
  std::string data(reinterpret_cast<const char*>(&number), sizeof number);
  data += rest;
  return {SOL_ALG, type, std::move(data)};
}

}  // namespace

PyObject* recvmsg(PyObject* self, PyObject* args) {
  Py_ssize_t size, control_size = 0;
  int flags = 0;
  if (!PyArg_ParseTuple(args, "n|ni:recvmsg", &size, &control_size, &flags)) return nullptr;
  if (size < 0) {
    PyErr_SetString(PyExc_ValueError, "negative buffer size in recvmsg()");
    return nullptr;
  }
  if (!control_size_argument(control_size)) return nullptr;
  NewBytes data(size);
  if (!data) return nullptr;
  const iovec room{data.room().data(), data.room().size()};
  core::Received received;
  if (!released([&] {
        received = core_of(self).recvmsg({&room, 1}, static_cast<std::size_t>(control_size), flags);
      }))
    return nullptr;
  return message_result(self, received, data.take(received.size));
}

PyObject* recvmsg_into(PyObject* self, PyObject* args) {
  PyObject* sequence;
  Py_ssize_t control_size = 0;
  int flags = 0;
  if (!PyArg_ParseTuple(args, "O|ni:recvmsg_into", &sequence, &control_size, &flags))
    return nullptr;
  Buffers buffers;
  if (!buffers.fill(sequence, Buffers::Access::write) || !control_size_argument(control_size))
    return nullptr;
  core::Received received;
  if (!released([&] {
        received =
            core_of(self).recvmsg(buffers.parts(), static_cast<std::size_t>(control_size), flags);
      }))
    return nullptr;
  return message_result(self, received, PyLong_FromSize_t(received.size));
}

PyObject* sendmsg(PyObject* self, PyObject* args) {
  PyObject *sequence, *items = nullptr, *address = Py_None;
  int flags = 0;
  if (!PyArg_ParseTuple(args, "O|OiO:sendmsg", &sequence, &items, &flags, &address)) return nullptr;
  core::Addr to;
  const bool addressed = address != Py_None;
  if (addressed && !address_argument(socket_of(self), address, to, "sendmsg")) return nullptr;
  if (PySys_Audit("socket.sendmsg", "OO", self, address) < 0) return nullptr;
  Buffers data;
  std::vector<core::ControlMessage> control;
  if (!data.fill(sequence, Buffers::Access::read)) return nullptr;
  if (items && !control_argument(items, control)) return nullptr;
  return send_message(self, data, control, flags, addressed ? &to : nullptr);
}

PyObject* sendmsg_afalg(PyObject* self, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"msg", "op", "iv", "assoclen", "flags", nullptr};
  if (socket_of(self).family != AF_ALG) {
    PyErr_SetString(PyExc_OSError, "algset is only supported for AF_ALG");
    return nullptr;
  }
  PyObject *sequence = nullptr, *operation = nullptr, *associated = nullptr;
  Buffer iv;
  int flags = 0;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O$O!y*O!i:sendmsg_afalg",
                                   const_cast<char**>(names), &sequence, &PyLong_Type, &operation,
                                   &iv.view, &PyLong_Type, &associated, &flags))
    return nullptr;
  std::vector<core::ControlMessage> control;
  const auto number = natural(operation);
  if (!number) {
    PyErr_SetString(PyExc_TypeError, "Invalid or missing argument 'op'");
    return nullptr;
  }
  control.push_back(alg_item(ALG_SET_OP, *number));
  if (iv.view.buf)
    control.push_back(alg_item(ALG_SET_IV, static_cast<std::uint32_t>(iv.size()), iv.text()));
  if (associated) {
    const auto size = natural(associated);
    if (!size) {
      PyErr_SetString(PyExc_TypeError, "assoclen must be positive");
      return nullptr;
    }
    control.push_back(alg_item(ALG_SET_AEAD_ASSOCLEN, *size));
  }
  Buffers data;
  if (sequence && !data.fill(sequence, Buffers::Access::read)) return nullptr;
  return send_message(self, data, control, flags, nullptr);
}

}  // namespace binding::methods
