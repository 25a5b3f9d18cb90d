#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include <doctest/doctest.h>

namespace {

constexpr unsigned seconds_a_test = 60;
const char* under_way = "";

// Only what is safe in a signal handler.
void tell(const char* text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); }

void on_alarm(int) {
  tell("\nthis test hangs: ");
  tell(under_way);
  tell("\n");
  ::_exit(1);
}

// Ends a test that hangs, by name: the one that the program was at would not be known.
struct Watchdog : doctest::IReporter {
  explicit Watchdog(const doctest::ContextOptions&) {}
  void test_run_start() override {
    struct sigaction action {};
    action.sa_handler = on_alarm;
    ::sigaction(SIGALRM, &action, nullptr);
  }
  void test_case_start(const doctest::TestCaseData& test) override {
    under_way = test.m_name;
    ::alarm(seconds_a_test);
  }
  void test_case_end(const doctest::CurrentTestCaseStats&) override { ::alarm(0); }

  void report_query(const doctest::QueryData&) override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("watchdog", 1, Watchdog);

}  // namespace
