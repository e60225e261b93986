// The parts of Linux that Swift's Glibc module lacks.
//
// Do not define _GNU_SOURCE: it changes system headers that Glibc also includes, and Swift rejects a header that
// differs between two modules.
#ifndef ALLCLEAR_CLINUX_H
#define ALLCLEAR_CLINUX_H

#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Declared here because <sys/socket.h> declares it only with _GNU_SOURCE.
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);

// Masks and flags as plain numbers, because the enumerations and macros of the same names clash when Swift imports
// them.
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

// Sends a message, and `descriptor` with it unless that is negative (unix(7), SCM_RIGHTS). Returns the result of
// sendmsg(2).
static inline ssize_t allclear_send_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {(void *)bytes, count};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

// Receives a message. Sets `descriptor` to the one that came with the message, or to -1. Returns the result of
// recvmsg(2).
static inline ssize_t allclear_receive_descriptor(int socket, void *bytes, size_t count, int *descriptor) {
    struct iovec part = {bytes, count};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *descriptor = -1;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (received < 0) return received;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(rights), sizeof *descriptor);
    return received;
}

// The process and the user at the other end of a Unix socket (SO_PEERCRED). Returns 0 on success. struct ucred needs
// _GNU_SOURCE, so this function declares its own copy.
static inline int allclear_peer(int socket, pid_t *process, uid_t *user) {
    struct {
        pid_t process;
        uid_t user;
        gid_t group;
    } peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *process = peer.process;
    *user = peer.user;
    return 0;
}

// The number of processors that this process may use according to its affinity, which taskset or a container's cpuset
// may limit. Returns 0 if the number is unknown. The C library's function and its set type need _GNU_SOURCE.
static inline int allclear_usable_processors(void) {
    unsigned long set[128] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    int count = 0;
    for (long word = 0; word * (long)sizeof set[0] < bytes; word++) count += __builtin_popcountl(set[word]);
    return count;
}

#endif
