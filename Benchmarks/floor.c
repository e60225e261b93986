// A minimal server: it waits, reads, finds the end of each request, and writes prepared bytes. It does not parse, so
// its cost is nearly that of the kernel alone. Usage: floor PORT FILE. FILE contains a complete HTTP response.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[1 << 20];
static size_t answer_length;

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    answer_length = fread(answer, 1, sizeof answer, file);
    fclose(file);
}

static int listen_on(int port) {
    int one = 1, socket_ = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(socket_, (struct sockaddr *)&address, sizeof address) || listen(socket_, 4096)) {
        perror("listen");
        exit(1);
    }
    fcntl(socket_, F_SETFL, O_NONBLOCK);
    return socket_;
}

static void watch(int poll_, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
}

static void accept_all(int poll_, int listener) {
    int client;
    while ((client = accept(listener, NULL, NULL)) >= 0) {
        fcntl(client, F_SETFL, O_NONBLOCK);
        watch(poll_, client);
    }
}

// Makes one write per batch of requests, like allclear.
static void serve(int client) {
    static char input[1 << 16], output[1 << 21];
    ssize_t length = read(client, input, sizeof input);
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN) close(client);
        return;
    }
    size_t gathered = 0;
    char *at = input, *end = input + length, *found;
    while ((found = memmem(at, end - at, "\r\n\r\n", 4))) {
        if (gathered + answer_length > sizeof output) break;
        memcpy(output + gathered, answer, answer_length);
        gathered += answer_length;
        at = found + 4;
    }
    if (gathered && write(client, output, gathered) < 0) close(client);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    load(arguments[2]);
    int listener = listen_on(atoi(arguments[1])), poll_ = epoll_create1(0);
    watch(poll_, listener);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll_, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.fd == listener) accept_all(poll_, listener);
            else serve(events[index].data.fd);
        }
    }
}
