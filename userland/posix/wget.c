// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fetch a file over HTTP with nothing but sockets.
 *
 *     wget ADDRESS PORT PATH
 *
 * socket(2) makes one end, connect(2) finds the other, and from then on it is a file: the request is written, and the
 * answer read until the server closes the connection, which "Connection: close" asks for. A stream has no messages: one
 * read may give half a line or three, and one write may take only a part, so both stand in loops. The answer is a line with
 * a status, headers, an empty line and then the file.
 *
 * The server is busybox's, in the same guest: addresses 127.* are the machine itself, and packets go through the kernel's
 * whole network stack without any hardware. A name in place of an address would need getaddrinfo(3) and a name server.
 *
 * Sources: tcp(7), ip(7), inet_pton(3); RFC 9112.
 *
 * [lkmc]
 * kconfig = ["INET=y"]
 *
 * [[lkmc.run]]
 * name = "a file"
 * guest = '''
 * mkdir www
 * head -c 300000 /dev/urandom > www/bytes
 * httpd -p 127.0.0.1:8080 -h www
 * ./wget 127.0.0.1 8080 /bytes > bytes
 * cmp bytes www/bytes && echo the same
 * '''
 * stdout = "the same\n"
 * stderr = "HTTP/1.{dec} 200 OK\n"
 * [[lkmc.run]]
 * name = "not there"
 * guest = '''
 * mkdir www
 * httpd -p 127.0.0.1:8080 -h www
 * ./wget 127.0.0.1 8080 /nothing > /dev/null
 * '''
 * status = 1
 * stderr = "HTTP/1.{dec} 404 Not Found\n"
 * [[lkmc.run]]
 * name = "nobody listens"
 * guest = "./wget 127.0.0.1 8081 /"
 * status = 1
 * stderr = "wget: connect: Connection refused\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./wget localhost 80 /"
 * status = 2
 * stderr = "usage: wget ADDRESS PORT PATH\n"
 * [/lkmc]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "wget: ");
	perror(what);
	exit(EXIT_FAILURE);
}

static void send_request(int server, const char *host, const char *path)
{
	char request[1000];
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host);

	if (length < 0 || (size_t)length >= sizeof request) {
		fprintf(stderr, "wget: the path is too long\n");
		exit(2);
	}
	for (int sent = 0; sent < length;) {
		ssize_t now = write(server, request + sent, (size_t)(length - sent));

		if (now < 0)
			die("write");
		sent += (int)now;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char line[1000], body[4096];
	int server, status = 0;
	size_t length;
	FILE *answer;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: wget ADDRESS PORT PATH\n");
		return 2;
	}
	/* Numbers on the network have the highest byte first. */
	address.sin_port = htons((uint16_t)atoi(argv[2]));
	server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0)
		die("socket");
	if (connect(server, (struct sockaddr *)&address, sizeof address))
		die("connect");
	send_request(server, argv[1], argv[3]);

	answer = fdopen(server, "r");
	if (!answer || !fgets(line, sizeof line, answer))
		die("read");
	line[strcspn(line, "\r\n")] = '\0';
	fprintf(stderr, "%s\n", line);
	sscanf(line, "HTTP/%*s %d", &status);
	while (fgets(line, sizeof line, answer) && strcmp(line, "\r\n"))
		;
	while ((length = fread(body, 1, sizeof body, answer)) > 0)
		fwrite(body, 1, length, stdout);
	if (ferror(answer) || fflush(stdout) == EOF)
		die("read");
	fclose(answer);
	return status == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}
