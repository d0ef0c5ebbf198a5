/* Serve tells over HTTP who it runs as: the name that musl finds in /etc/passwd, user, group, and all groups. */
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal)
{
	static const char said[] = "serve: closed cleanly\n";
	(void)signal;
	_exit(write(1, said, sizeof said - 1) < 0);
}

static void answer(int client)
{
	char text[1024], request[1024];
	gid_t groups[32];
	struct passwd *user = getpwuid(getuid());
	int count = getgroups(32, groups);
	int length = sprintf(text, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%.64s %u %u",
		user ? user->pw_name : "?", (unsigned)getuid(), (unsigned)getgid());
	for (int i = 0; i < count; i++)
		length += sprintf(text + length, " %u", (unsigned)groups[i]);
	length += sprintf(text + length, "\n");
	if (read(client, request, sizeof request) > 0 && write(client, text, length) < 0)
		perror("serve: answering");
	close(client);
}

int main(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(8080) };
	int yes = 1, listener = socket(AF_INET6, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	signal(SIGTERM, stop);
	if (bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 8)) {
		perror("serve: listening");
		return 1;
	}
	puts("serve: listening");
	fflush(stdout);
	for (;;)
		answer(accept(listener, NULL, NULL));
}
