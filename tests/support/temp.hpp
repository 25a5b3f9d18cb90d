// Files for one test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace support {

// A directory of its own, removed with all that is in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A file of so many pseudo-random bytes; another seed, other bytes.
void write_random(const std::filesystem::path&, std::uint64_t bytes, std::uint64_t seed = 1);
std::string random_bytes(std::size_t bytes, std::uint64_t seed = 1);

void write_file(const std::filesystem::path&, std::string_view text);
std::string read_file(const std::filesystem::path&);
bool same_bytes(const std::filesystem::path&, const std::filesystem::path&);

}  // namespace support
