/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test program's report: one line a test (TAP). A test is a function that calls check() and is run by tap_run(). */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int tap_count, tap_failures;
static bool tap_ok;
static const char *tap_only;

/* Notes a failed expectation of the running test and says where; the test goes on. */
#define check(condition) tap_check(condition, #condition, __FILE__, __LINE__)
/* check(), and leaves the test when it fails. */
#define need(condition) do { if (!check(condition)) return; } while (0)
/* Expects a return value, 0 or a negative errno. */
#define check_ret(expression, wanted) tap_check_ret(expression, wanted, #expression, __FILE__, __LINE__)

static inline bool tap_check(bool good, const char *what, const char *file, int line)
{
	if (!good) {
		tap_ok = false;
		printf("# %s:%d: expected %s\n", file, line, what);
	}
	return good;
}

static inline bool tap_check_ret(int got, int wanted, const char *what, const char *file, int line)
{
	if (got == wanted)
		return true;
	tap_ok = false;
	printf("# %s:%d: %s is %d (%s), expected %d (%s)\n", file, line, what, got, got < 0 ? strerror(-got) : "", wanted,
	       wanted < 0 ? strerror(-wanted) : "");
	return false;
}

static inline void tap_run(const char *name, void (*test)(void))
{
	int status = 0;
	pid_t child;

	if (tap_only && strcmp(tap_only, name))
		return;
	fflush(stdout);
	/* A process of its own: whatever a test leaves open ends with it. */
	child = fork();
	if (!child) {
		tap_ok = true;
		test();
		fflush(stdout);
		_exit(!tap_ok);
	}
	waitpid(child, &status, 0);
	tap_ok = WIFEXITED(status) && !WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	printf("%s %d - %s\n", tap_ok ? "ok" : "not ok", ++tap_count, name);
	fflush(stdout);
	tap_failures += !tap_ok;
}
#define run(test) tap_run(#test, test)

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures ? 1 : 0;
}
