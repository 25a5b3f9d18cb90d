// A real server and a real client of the protocol most people try first.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/temp.hpp"

using namespace cli;

TEST_CASE("connect gets a page from a web server") {
  support::TempDir dir;
  support::write_file(dir / "page", "what the page says");
  Program program;
  program.argv = {"python3", "-u",        "-m",          "http.server",      "0",
                  "--bind",  "127.0.0.1", "--directory", dir.path().string()};
  Process server(program);
  const std::string port = server.wait_for_output("port ([0-9]+)");
  const Outcome outcome =
      run_sock({"connect", "127.0.0.1", port}, Input::bytes("GET /page HTTP/1.0\r\n\r\n"));
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out.starts_with("HTTP/1.0 200 OK\r\n"));
  CHECK(outcome.out.ends_with("\r\n\r\nwhat the page says"));
}

TEST_CASE("curl gets an answer from listen") {
  if (is_missing("curl")) return;
  Listener listener(
      {}, Input::bytes("HTTP/1.0 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"));
  Program program;
  program.argv = {"curl",      "--silent", "--show-error",
                  "--noproxy", "*",        "http://" + listener.address + "/"};
  const Outcome curl = support::run(program);
  CHECK(curl.code == 0);
  CHECK(curl.out == "hello\n");
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out.starts_with("GET / HTTP/1.1\r\n"));
}
