// Arguments in the forms that the module documents. What returns bool is false with the Python
// error set.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/binding/python.hpp"

namespace binding {

// A path or an interface's name: text in the encoding of the file system, or bytes.
bool path_argument(PyObject* object, std::string& out);

// The host of an address: text, where it is not ASCII through the idna codec, or bytes.
bool host_argument(PyObject* object, std::string& out);

// A look-up's only argument, `format` its "et:name": text, through the idna codec.
bool name_argument(PyObject* args, const char* format, std::string& out);

// None is -1; a number of seconds is nanoseconds, rounded away from 0.
bool timeout_argument(PyObject* object, std::int64_t& ns);
PyObject* timeout_value(std::int64_t ns);

bool control_size_argument(Py_ssize_t size);

// A sequence of objects whose memory is sent from or received into.
class Buffers {
 public:
  enum class Access { read, write };

  Buffers() = default;
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;
  ~Buffers();

  bool fill(PyObject* sequence, Access access);
  const std::vector<iovec>& parts() const noexcept { return parts_; }

 private:
  std::vector<Py_buffer> held_;
  std::vector<iovec> parts_;
};

}  // namespace binding
