#include "support/temp.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace support {
namespace {

constexpr std::size_t chunk = 1 << 20;

template <class Stream>
Stream open(const std::filesystem::path& path) {
  Stream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot open " + path.string());
  stream.exceptions(std::ios::badbit);
  return stream;
}

void fill(std::mt19937_64& random, char* at, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(at + i, &word, std::min<std::size_t>(8, size - i));
  }
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sock-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::system_error(errno, std::generic_category(), pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_random(const std::filesystem::path& path, std::uint64_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto file = open<std::ofstream>(path);
  std::vector<char> block(chunk);
  while (bytes > 0) {
    const auto n = std::min<std::uint64_t>(bytes, block.size());
    fill(random, block.data(), n);
    file.write(block.data(), static_cast<std::streamsize>(n));
    bytes -= n;
  }
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::string random_bytes(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(bytes, '\0');
  fill(random, text.data(), bytes);
  return text;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  auto file = open<std::ofstream>(path);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string read_file(const std::filesystem::path& path) {
  auto file = open<std::ifstream>(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool same_bytes(const std::filesystem::path& a, const std::filesystem::path& b) {
  if (std::filesystem::file_size(a) != std::filesystem::file_size(b)) return false;
  auto left = open<std::ifstream>(a), right = open<std::ifstream>(b);
  std::vector<char> x(chunk), y(chunk);
  while (left && right) {
    left.read(x.data(), static_cast<std::streamsize>(x.size()));
    right.read(y.data(), static_cast<std::streamsize>(y.size()));
    if (left.gcount() != right.gcount() ||
        std::memcmp(x.data(), y.data(), static_cast<std::size_t>(left.gcount())) != 0)
      return false;
  }
  return true;
}

}  // namespace support
