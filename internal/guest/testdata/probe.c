// The application of the tests: reports what it was given, then does what
// /probe.conf says. Its own argv and environment stay free for the tests.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static int log_fd;

static void line(const char *format, ...) {
	char text[256];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	text[n++] = '\n';
	if (write(log_fd, text, n) != n)
		_exit(99);
}

static void save(const char *file, char **list) {
	FILE *f = fopen(file, "w");
	for (; f && *list; list++)
		fwrite(*list, 1, strlen(*list) + 1, f);
	if (!f || fclose(f))
		_exit(98);
}

static void copy_status(void) {
	char text[256];
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(text, sizeof text, f)) {
		text[strcspn(text, "\n")] = 0;
		if (!strncmp(text, "Sig", 3))
			text[strcspn(text, "\t")] = 0x20, line("%s", text);
	}
	if (f)
		fclose(f);
}

static void nap(int ms) {
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static void caught(int number) { (void)number; }

static void orphan(void) {
	if (fork() == 0) {
		if (fork() == 0) {
			nap(200); // by then the parent is gone
			_exit(7);
		}
		_exit(0);
	}
	wait(NULL);
}

int main(int argc, char **argv) {
	(void)argc;
	char word[32], path[512];
	int number, linger = 0, code = 0, end = 0, late = 0, handlers = 1;
	log_fd = open("/out/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	save("/out/argv", argv);
	save("/out/env", environ);
	line("pid %d sid %d", getpid(), getsid(0));
	line("ids %d %d %d %d", getuid(), geteuid(), getgid(), getegid());
	gid_t list[64];
	int count = getgroups(64, list);
	for (int i = 0; i < count; i++)
		line("group %d", list[i]);
	line("cwd %s", getcwd(path, sizeof path));
	line("umask %03o", umask(022));
	copy_status();
	for (int fd = 0; fd < 300; fd++)
		if (fd != log_fd && fcntl(fd, F_GETFD) >= 0)
			line("fd %d", fd);
	int again = open("/dev/stdout", O_WRONLY);
	line("reopened %s", again < 0 ? strerror(errno) : "yes");

	dprintf(1, "to stdout\n");
	dprintf(2, "to stderr\n");

	FILE *conf = fopen("/probe.conf", "re");
	while (conf && fscanf(conf, "%31s %d", word, &number) == 2) {
		if (!strcmp(word, "exit")) { // at once
			line("done");
			exit(number);
		} else if (!strcmp(word, "kill")) { // itself
			line("done");
			kill(getpid(), number);
		} else if (!strcmp(word, "killall")) { // kill(-1)
			kill(-1, number);
			nap(50);
			line("after killall");
		} else if (!strcmp(word, "orphans")) {
			while (number--)
				orphan();
		} else if (!strcmp(word, "end")) { // the signal to end at
			end = number;
		} else if (!strcmp(word, "linger")) { // ms between that and the end
			linger = number;
		} else if (!strcmp(word, "code")) { // the status to end with
			code = number;
		} else if (!strcmp(word, "late")) { // ms until handlers are there
			late = number;
		} else if (!strcmp(word, "handlers")) { // 0: without, only sigwait
			handlers = number;
		}
	}
	if (conf)
		fclose(conf);
	line("started");
	nap(late);
	sigset_t all;
	sigfillset(&all);
	if (end)
		sigprocmask(SIG_BLOCK, &all, NULL); // first, or a handler would swallow one
	for (int i = 1; i < 65 && handlers; i++)
		signal(i, caught); // sigwait gets them; this shows that somebody cares
	line("ready");
	for (;;) {
		int got;
		if (sigwait(&all, &got))
			continue;
		line("signal %d", got);
		if (got == end) {
			nap(linger);
			sigpending(&all);
			for (int i = 1; i < 65; i++)
				if (sigismember(&all, i) == 1)
					line("signal %d", i);
			line("done");
			exit(code);
		}
	}
}
