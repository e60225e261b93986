// Makes TLS 1.3 connections from several processes at once, one after the other in each. Each connection has a
// handshake, a request and its answer. Usage: handshakes full|resumed PORT PATH SECONDS PROCESSES. Prints how many
// connections succeeded, how many resumed a session, and how many failed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct counts { long made, resumed, failed; };

// The newest session from the server. Each session is used only once (RFC 8446 C.4).
static SSL_SESSION *session;

static int keep(SSL *ssl, SSL_SESSION *given) {
    (void)ssl;
    SSL_SESSION_free(session);
    session = given;
    return 1;
}

// Accepts every certificate. Verifying it would take as long as everything else, and this client needs no proof.
static int accept_any(X509_STORE_CTX *chain, void *unused) {
    (void)chain;
    (void)unused;
    return 1;
}

// Connects from a separate address for each process, because one address has too few ports.
static int connect_to(int port, int process) {
    int one = 1, socket_ = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in own = {.sin_family = AF_INET}, peer = {.sin_family = AF_INET, .sin_port = htons(port)};
    own.sin_addr.s_addr = htonl(0x7f000101 + process);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(socket_, (struct sockaddr *)&own, sizeof own) || connect(socket_, (struct sockaddr *)&peer, sizeof peer)) {
        close(socket_);
        return -1;
    }
    return socket_;
}

// Sends the request, and returns whether a complete answer with status 200 arrived.
static int ask(SSL *ssl, const char *request) {
    static char answer[1 << 16];
    int have = 0, whole = -1;
    if (SSL_write(ssl, request, strlen(request)) <= 0) return 0;
    while (whole < 0 || have < whole) {
        int count = SSL_read(ssl, answer + have, sizeof answer - 1 - have);
        if (count <= 0) return 0;
        have += count;
        answer[have] = 0;
        char *end = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "\r\nContent-Length: ");
        if (whole < 0 && end && length) whole = end + 4 - answer + atoi(length + 18);
    }
    return have == whole && !strncmp(answer, "HTTP/1.1 200 ", 13);
}

static void run(int resuming, int port, const char *path, double seconds, int process, struct counts *counts) {
    char request[1024];
    struct timespec begin, now;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep);
    SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        int socket_ = connect_to(port, process);
        SSL *ssl = SSL_new(context);
        SSL_set_fd(ssl, socket_);
        if (resuming && session) SSL_set_session(ssl, session);
        if (socket_ >= 0 && SSL_connect(ssl) == 1 && ask(ssl, request)) counts->made++;
        else counts->failed++;
        if (SSL_session_reused(ssl)) counts->resumed++;
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(socket_);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - begin.tv_sec + (now.tv_nsec - begin.tv_nsec) / 1e9 < seconds);
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    int resuming = !strcmp(arguments[1], "resumed"), processes = atoi(arguments[5]);
    struct counts sum = {0}, *counts = mmap(NULL, processes * sizeof *counts, PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    signal(SIGPIPE, SIG_IGN);
    for (int process = 0; process < processes; process++) {
        if (fork()) continue;
        run(resuming, atoi(arguments[2]), arguments[3], atof(arguments[4]), process, &counts[process]);
        _exit(0);
    }
    while (wait(NULL) > 0) {}
    for (int process = 0; process < processes; process++) {
        sum.made += counts[process].made;
        sum.resumed += counts[process].resumed;
        sum.failed += counts[process].failed;
    }
    printf("%ld made, %ld resumed, %ld failed\n", sum.made, sum.resumed, sum.failed);
    return 0;
}
