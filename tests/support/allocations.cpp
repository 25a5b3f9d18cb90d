#include "support/allocations.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace support {
namespace {

thread_local std::size_t count = 0;
thread_local std::size_t count_that_fails = SIZE_MAX;

bool may_succeed() noexcept { return count++ < count_that_fails; }

void* allocate(std::size_t size) noexcept {
  return may_succeed() ? std::malloc(size == 0 ? 1 : size) : nullptr;
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  if (!may_succeed()) return nullptr;
  const auto unit = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
}

void* or_throw(void* p) {
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

std::size_t allocations() noexcept { return count; }

AllocationsFail::AllocationsFail(std::size_t succeed) noexcept {
  count_that_fails = count + succeed;
}
AllocationsFail::~AllocationsFail() { count_that_fails = SIZE_MAX; }

}  // namespace support

using std::align_val_t, std::nothrow_t, std::size_t;
using support::allocate;
using support::or_throw;

void* operator new(size_t n) { return or_throw(allocate(n)); }
void* operator new[](size_t n) { return or_throw(allocate(n)); }
void* operator new(size_t n, const nothrow_t&) noexcept { return allocate(n); }
void* operator new[](size_t n, const nothrow_t&) noexcept { return allocate(n); }
void* operator new(size_t n, align_val_t a) { return or_throw(allocate(n, a)); }
void* operator new[](size_t n, align_val_t a) { return or_throw(allocate(n, a)); }
void* operator new(size_t n, align_val_t a, const nothrow_t&) noexcept { return allocate(n, a); }
void* operator new[](size_t n, align_val_t a, const nothrow_t&) noexcept { return allocate(n, a); }

void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, const nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t, align_val_t) noexcept { std::free(p); }
void operator delete(void* p, align_val_t, const nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, align_val_t, const nothrow_t&) noexcept { std::free(p); }
