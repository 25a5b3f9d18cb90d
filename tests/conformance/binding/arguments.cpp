#include "conformance/binding/arguments.hpp"

#include <climits>
#include <cmath>

namespace binding {

bool path_argument(PyObject* object, std::string& out) {
  PyObject* converted = nullptr;
  if (!PyUnicode_FSConverter(object, &converted)) return false;
  const Ref bytes(converted);
  out = bytes_of(converted);
  return true;
}

bool host_argument(PyObject* object, std::string& out) {
  if (PyBytes_Check(object)) {
    out = bytes_of(object);
  } else if (PyByteArray_Check(object)) {
    out.assign(PyByteArray_AS_STRING(object),
               static_cast<std::size_t>(PyByteArray_GET_SIZE(object)));
  } else if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "str, bytes or bytearray expected, not %s",
                 Py_TYPE(object)->tp_name);
    return false;
  } else if (PyUnicode_IS_ASCII(object)) {
    out.assign(static_cast<const char*>(PyUnicode_DATA(object)),
               static_cast<std::size_t>(PyUnicode_GET_LENGTH(object)));
  } else {
    const Ref bytes(PyUnicode_AsEncodedString(object, "idna", nullptr));
    if (!bytes) return fail(PyExc_TypeError, "encoding of hostname failed");
    out = bytes_of(bytes.get());
  }
  if (out.find('\0') != std::string::npos)
    return fail(PyExc_TypeError, "host name must not contain null character");
  return true;
}

bool name_argument(PyObject* args, const char* format, std::string& out) {
  char* encoded = nullptr;
  if (!PyArg_ParseTuple(args, format, "idna", &encoded)) return false;
  out = encoded;
  PyMem_Free(encoded);
  return true;
}

namespace {

bool timeout_overflow() {
  return fail(PyExc_OverflowError, "timestamp too large to convert to C PyTime_t");
}

bool from_float(double seconds, std::int64_t& ns) {
  if (std::isnan(seconds)) return fail(PyExc_ValueError, "Invalid value NaN (not a number)");
  constexpr double limit = 9223372036854775808.0;  // 2^63
  const double exact = seconds * 1e9;
  const double rounded = exact >= 0 ? std::ceil(exact) : std::floor(exact);
  if (!(rounded >= -limit && rounded < limit)) return timeout_overflow();
  ns = static_cast<std::int64_t>(rounded);
  return true;
}

bool from_integer(PyObject* object, std::int64_t& ns) {
  const long long seconds = PyLong_AsLongLong(object);
  if (seconds == -1 && PyErr_Occurred())
    return PyErr_ExceptionMatches(PyExc_OverflowError) ? timeout_overflow() : false;
  return __builtin_mul_overflow(seconds, 1000000000LL, &ns) ? timeout_overflow() : true;
}

}  // namespace

bool timeout_argument(PyObject* object, std::int64_t& ns) {
  if (object == Py_None) {
    ns = -1;
    return true;
  }
  if (PyFloat_Check(object) ? !from_float(PyFloat_AS_DOUBLE(object), ns)
                            : !from_integer(object, ns))
    return false;
  return ns >= 0 ? true : fail(PyExc_ValueError, "Timeout value out of range");
}

PyObject* timeout_value(std::int64_t ns) {
  if (ns < 0) Py_RETURN_NONE;
  return PyFloat_FromDouble(static_cast<double>(ns) / 1e9);
}

bool control_size_argument(Py_ssize_t size) {
  if (size >= 0 && size <= INT_MAX) return true;
  return fail(PyExc_ValueError, "invalid ancillary data buffer length");
}

Buffers::~Buffers() {
  for (Py_buffer& buffer : held_) PyBuffer_Release(&buffer);
}

bool Buffers::fill(PyObject* sequence, Access access) {
  const bool write = access == Access::write;
  const Ref fast(PySequence_Fast(sequence, write ? "recvmsg_into() argument 1 must be an iterable"
                                                 : "sendmsg() argument 1 must be an iterable"));
  if (!fast) return false;
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(fast.get());
  if (count > INT_MAX)
    return fail(PyExc_OSError, write ? "recvmsg_into() argument 1 is too long"
                                     : "sendmsg() argument 1 is too long");
  held_.reserve(static_cast<std::size_t>(count));
  parts_.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    Py_buffer buffer;
    PyObject* const item = PySequence_Fast_GET_ITEM(fast.get(), i);
    if (PyObject_GetBuffer(item, &buffer, write ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0) {
      if (!write || !PyErr_ExceptionMatches(PyExc_BufferError)) return false;
      return fail(PyExc_TypeError,
                  "recvmsg_into() argument 1 must be an iterable of single-segment read-write "
                  "buffers");
    }
    held_.push_back(buffer);
    parts_.push_back({buffer.buf, static_cast<std::size_t>(buffer.len)});
  }
  return true;
}

}  // namespace binding
