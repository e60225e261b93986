// The parts of Linux that Swift's Glibc module leaves out.
//
// _GNU_SOURCE stays unset: with it, system headers that both modules see would differ, which Swift refuses.
#ifndef ALLCLEAR_CLINUX_H
#define ALLCLEAR_CLINUX_H

#include <linux/filter.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Needs _GNU_SOURCE to be seen in <sys/socket.h>.
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);

// Masks and flags as plain numbers: the enumerations and macros of the same names clash when Swift imports them.
static const uint32_t allclear_epollin = EPOLLIN;
static const uint32_t allclear_epollout = EPOLLOUT;
static const uint32_t allclear_epollrdhup = EPOLLRDHUP;
static const uint32_t allclear_epollhup = EPOLLHUP;
static const uint32_t allclear_epollerr = EPOLLERR;
static const uint32_t allclear_epollet = EPOLLET;
static const uint32_t allclear_epollexclusive = EPOLLEXCLUSIVE;
static const int allclear_epoll_cloexec = EPOLL_CLOEXEC;
static const int allclear_eventfd_flags = EFD_NONBLOCK | EFD_CLOEXEC;
static const int allclear_socket_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int allclear_msg_nosignal = MSG_NOSIGNAL;

// Spreads connections over `count` of the sockets that share a port, behind the first so many. A place where there is no
// socket counts as any place. See SO_ATTACH_REUSEPORT_CBPF in socket(7).
static inline int allclear_steer_connections(int socket, uint32_t first, uint32_t count) {
    struct sock_filter code[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, SKF_AD_OFF + SKF_AD_RANDOM},
        {BPF_ALU | BPF_MOD | BPF_K, 0, 0, count},
        {BPF_ALU | BPF_ADD | BPF_K, 0, 0, first},
        {BPF_RET | BPF_A, 0, 0, 0},
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

// Has them spread connections evenly, as they do without being told.
static inline int allclear_spread_connections(int socket) {
    int unused = 0;
    return setsockopt(socket, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused);
}

// How many processors this process may run on, by its affinity, which taskset or a
// container's cpuset may have limited; 0 if that is not known.
// The C library's function and its set type need _GNU_SOURCE.
static inline int allclear_usable_processors(void) {
    unsigned long set[128] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    int count = 0;
    for (long word = 0; word * (long)sizeof set[0] < bytes; word++) count += __builtin_popcountl(set[word]);
    return count;
}

#endif
