// Python's C interface, with owners for what it counts by hand.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace binding {

// Owns a reference; may be null, as after a failed call.
class Ref {
 public:
  explicit Ref(PyObject* object = nullptr) noexcept : object_(object) {}
  Ref(Ref&& other) noexcept : object_(other.release()) {}
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  PyObject* release() noexcept { return std::exchange(object_, nullptr); }

 private:
  PyObject* object_;
};

// A view of an object's memory, for the y* and w* of PyArg_Parse.
struct Buffer {
  Py_buffer view{};

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { PyBuffer_Release(&view); }

  std::size_t size() const noexcept { return static_cast<std::size_t>(view.len); }
  std::span<std::byte> bytes() const noexcept {
    return {static_cast<std::byte*>(view.buf), size()};
  }
  std::string_view text() const noexcept { return {static_cast<const char*>(view.buf), size()}; }
};

// A bytes object that is filled first and then cut to what came.
class NewBytes {
 public:
  explicit NewBytes(Py_ssize_t size) : object_(PyBytes_FromStringAndSize(nullptr, size)) {}
  NewBytes(const NewBytes&) = delete;
  NewBytes& operator=(const NewBytes&) = delete;
  ~NewBytes() { Py_XDECREF(object_); }

  explicit operator bool() const noexcept { return object_ != nullptr; }
  std::span<std::byte> room() const {
    return {reinterpret_cast<std::byte*>(PyBytes_AS_STRING(object_)),
            static_cast<std::size_t>(PyBytes_GET_SIZE(object_))};
  }
  // Hands it over; null, with the error set, when there is no memory. MSG_TRUNC gives a size from
  // before the cut.
  PyObject* take(std::size_t size) {
    if (size < room().size()) _PyBytes_Resize(&object_, static_cast<Py_ssize_t>(size));
    return std::exchange(object_, nullptr);
  }

 private:
  PyObject* object_;
};

inline PyObject* to_bytes(std::string_view s) {
  return PyBytes_FromStringAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}
inline PyObject* to_text(const std::string& s) { return PyUnicode_FromString(s.c_str()); }
// In the encoding of the file system.
inline PyObject* to_path(const std::string& s) {
  return PyUnicode_DecodeFSDefaultAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}

inline std::string bytes_of(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

// Sets the error; false, so that a parser can return it.
inline bool fail(PyObject* exception, const char* message) {
  PyErr_SetString(exception, message);
  return false;
}

}  // namespace binding
