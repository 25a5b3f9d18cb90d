// An observer that writes down what it is told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/observer.hpp"

struct Recorder : sock::io::Observer {
  std::vector<std::string> lines;

  void resolving(std::string_view name) override { add("resolving ", name); }
  void resolved(std::string_view name, std::size_t addresses, std::chrono::nanoseconds) override {
    add("resolved ", std::string(name) + ' ' + std::to_string(addresses));
  }
  void attempt(std::string_view address) override { add("attempt ", address); }
  void attempt_failed(std::string_view address, const sock::Error& e,
                      std::chrono::nanoseconds) override {
    add("failed ", std::string(address) + ": " + e.code().message());
  }
  void connected(const sock::Socket&, std::string_view address, std::chrono::nanoseconds) override {
    add("connected ", address);
  }
  void secured(const sock::io::Secured& with) override { add("secured ", with.peer); }
  void attempt_overtaken(std::string_view address, std::chrono::nanoseconds) override {
    add("overtaken ", address);
  }
  void proxying(std::string_view proxy, std::string_view target) override {
    add("proxying ", std::string(proxy) + " for " + std::string(target));
  }
  void proxied(std::string_view proxy, std::string_view target, std::chrono::nanoseconds) override {
    add("proxied ", std::string(proxy) + " for " + std::string(target));
  }
  void listening(const sock::Socket&, std::string_view address) override {
    add("listening ", address);
  }

 private:
  void add(std::string_view what, std::string_view of) {
    lines.push_back(std::string(what).append(of));
  }
};
