#include "io/descendants.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "io/child.hpp"

using namespace sock;
using namespace sock::io;

namespace {

// While it is there orphans are ours.
struct Adopting {
  Adopting() { adopt_orphans(); }
  ~Adopting() { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }
};

// Runs a shell line that prints the number of a process and ends; the number.
pid_t number_from(const std::string& line) {
  auto [reader, writer] = ends::pipe();
  Child child({.argv = shell_command(line), .fds = {{writer, 1}}, .environment = {}});
  writer.reset();
  const std::string text = ends::take_to_end(reader);
  CHECK(child.wait().shell_code() == 0);
  return std::stoi(text);
}

const Descendant* find(const std::vector<Descendant>& all, pid_t pid) {
  const auto found =
      std::find_if(all.begin(), all.end(), [pid](const Descendant& one) { return one.pid == pid; });
  return found == all.end() ? nullptr : &*found;
}

void end(const Descendant& process) {
  send_signal(process.pidfd, SIGKILL);
  pollfd ended{process.pidfd.get(), POLLIN, 0};
  REQUIRE(::poll(&ended, 1, 10'000) == 1);
}

TEST_CASE("a process that ends while it is looked at is none") {
  auto [reader, writer] = ends::pipe();
  Child child({.argv = shell_command("read line"), .fds = {{reader, 0}}, .environment = {}});
  reader.reset();
  const std::string path = "/proc/" + std::to_string(child.pid()) + "/stat";
  const Fd first(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const Fd second(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(second);
  CHECK(read_process_stat(first));
  writer.reset();
  child.wait();
  CHECK_FALSE(read_process_stat(second));
}

}  // namespace

TEST_CASE("a process is described by the line that the system has for it") {
  const std::string fields = " 1 2 33 0 -1 4194304 0 0 0 0 1 2 3 4 20 0 1 0 987 1 2 3\n";
  struct Row {
    std::string text;
    std::optional<ProcessStat> stat;
  };
  const ProcessStat running{'S', 1, 33, 987};
  for (const Row& row : std::vector<Row>{
           {"42 (cat) S" + fields, running},
           {"42 () S" + fields, running},
           {"42 (a ) R 7 (b) S" + fields, running},
           {"42 (cat) Z" + fields, ProcessStat{'Z', 1, 33, 987}},
           {"", std::nullopt},
           {"42 (cat", std::nullopt},
           {"42 (cat) S 1 2 33", std::nullopt},
           {"42 (cat) S x" + fields.substr(2), std::nullopt},
           {"42 (cat) SS" + fields, std::nullopt},
       }) {
    CAPTURE(row.text);
    CHECK((parse_process_stat(row.text) == row.stat));
  }
  CHECK(ProcessStat{'Z', 1, 1, 1}.ended());
  CHECK(ProcessStat{'X', 1, 1, 1}.ended());
  CHECK_FALSE(running.ended());
}

TEST_CASE("what a program leaves running is found, signalled and reaped") {
  const Adopting adopting;
  const pid_t pid = number_from("sleep 60 >&- & echo $!");
  {
    const auto all = descendants();
    const Descendant* left = find(all, pid);
    REQUIRE(left);
    CHECK(reap_adopted());
    end(*left);
  }
  CHECK_FALSE(reap_adopted());
  CHECK_FALSE(find(descendants(), pid));
}

TEST_CASE("the children of children are found, too") {
  auto [reader, writer] = ends::pipe();
  Child child({.argv = shell_command("sleep 60 >&- & echo $!; exec >&-; wait"),
               .fds = {{writer, 1}},
               .environment = {}});
  writer.reset();
  const pid_t pid = std::stoi(ends::take_to_end(reader));
  const auto all = descendants();
  REQUIRE(find(all, pid));
  CHECK(find(all, child.pid()));
  end(*find(all, pid));
  CHECK(child.wait().code == 0);
}

TEST_CASE("a process with a session of its own is let alone") {
  const Adopting adopting;
  const pid_t pid = number_from("setsid sh -c 'echo $$; exec sleep 60 >&-' &");
  CHECK_FALSE(find(descendants(), pid));
  ::kill(pid, SIGKILL);
  while (reap_adopted()) ::poll(nullptr, 0, 1);
}
