// The parts of SQLite that Swift cannot call: a function with variable arguments, and the methods of an open file.
#ifndef ALLCLEAR_CSQLITE_H
#define ALLCLEAR_CSQLITE_H

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

// Whether the last connection to close writes the log into the database file and removes it, as SQLite does by default.
static inline int allclear_checkpoint_on_close(sqlite3 *db, int isOn) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !isOn, (int *)0);
}

// Looks for a lock again after a moment, until so many milliseconds have passed.
static int allclear_look_again(void *milliseconds, int tries) {
    // An operation waits on one thread from its first try to its last.
    static __thread struct timespec start;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (tries == 0) start = now;
    int64_t waited = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
    if (waited >= (int64_t)(intptr_t)milliseconds) return 0;
    // Not in step with whoever takes the lock again and again.
    struct timespec pause = {0, 100000 + now.tv_nsec % 200000};
    nanosleep(&pause, 0);
    return 1;
}

// Has a connection wait so long for locks of others. SQLite's own waiting looks ten times a second, and between the
// commits of a server that is busy the lock is free for a fraction of a millisecond.
static inline int allclear_wait_for_locks(sqlite3 *db, int milliseconds) {
    return sqlite3_busy_handler(db, allclear_look_again, (void *)(intptr_t)milliseconds);
}

// Writes the whole log over itself and syncs it. The connection must be in a write transaction, which keeps others from
// changing the log meanwhile.
static inline int allclear_rewrite_log(sqlite3 *db) {
    sqlite3_file *log = 0;
    int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code != SQLITE_OK) return code;
    if (!log || !log->pMethods) return SQLITE_OK;
    sqlite3_int64 size = 0;
    code = log->pMethods->xFileSize(log, &size);
    char bytes[32768];
    for (sqlite3_int64 offset = 0; code == SQLITE_OK && offset < size; offset += sizeof bytes) {
        sqlite3_int64 left = size - offset;
        int count = left < (sqlite3_int64)sizeof bytes ? (int)left : (int)sizeof bytes;
        code = log->pMethods->xRead(log, bytes, count, offset);
        if (code == SQLITE_OK) code = log->pMethods->xWrite(log, bytes, count, offset);
    }
    return code == SQLITE_OK && size > 0 ? log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) : code;
}

// The memory in which the connections of all processes keep the index of the log; null if there is none. It stays there
// as long as the connection is open. Not to be called before the connection has used its log.
static inline const void *allclear_log_index(sqlite3 *db) {
    sqlite3_file *file = 0;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return 0;
    if (!file || !file->pMethods || file->pMethods->iVersion < 2) return 0;
    volatile void *memory = 0;
    int code = file->pMethods->xShmMap(file, 0, 32768, 0, &memory);
    return code == SQLITE_OK ? (const void *)memory : 0;
}

// Reads the first of the two copies of an index's header, of 48 bytes each, into words.
// Returns false if the other one is different: someone is about to change them. Other processes do so at any time, which
// is what the copies are for; ThreadSanitizer would take it for a mistake.
__attribute__((no_sanitize("thread")))
static inline bool allclear_read_log_header(const void *index, uint64_t words[6]) {
    const volatile uint64_t *first = index, *second = first + 6;
    for (int i = 0; i < 6; i++) words[i] = first[i];
    // They are written the other way around.
    __sync_synchronize();
    for (int i = 0; i < 6; i++) {
        if (second[i] != words[i]) return false;
    }
    return true;
}

// How many frames of the log, from its first on, are in the database file. Behind the header's two copies the index says so
// ("WAL-Index File Format", nBackfill); other processes change it at any time.
__attribute__((no_sanitize("thread")))
static inline uint32_t allclear_log_backfilled(const void *index) {
    return ((const volatile uint32_t *)index)[24];
}

// Reserves disk space for a file beyond its end, without changing its size. Returns 0, or an error of errno.h.
int fallocate(int descriptor, int mode, off_t offset, off_t length);
static inline int allclear_reserve(int descriptor, off_t length) {
    enum { keepSize = 1 };
    off_t end = lseek(descriptor, 0, SEEK_END);
    if (end < 0) return errno;
    return fallocate(descriptor, keepSize, end, length) == 0 ? 0 : errno;
}

// How many pages the connection has written since it was opened. Behind 2^31 - 1 comes 0.
static inline int allclear_pages_written(sqlite3 *db) {
    int pages = 0, most = 0;
    sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &most, 0);
    return pages;
}

#endif
