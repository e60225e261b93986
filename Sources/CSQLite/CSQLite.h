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

// Sets whether the last connection, when it closes, checkpoints the WAL and deletes it. SQLite does so by default.
static inline int allclear_checkpoint_on_close(sqlite3 *db, int isOn) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !isOn, (int *)0);
}

// The busy handler: pauses for a moment and retries the lock, until the given number of milliseconds has passed.
static int allclear_retry_lock(void *milliseconds, int tries) {
    // An operation makes all its tries on one thread, so the thread can keep the time of the first try.
    static __thread struct timespec start;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (tries == 0) start = now;
    int64_t waited = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
    if (waited >= (int64_t)(intptr_t)milliseconds) return 0;
    // A random pause, so that the retries do not run in step with a process that takes the lock again and again.
    struct timespec pause = {0, 100000 + now.tv_nsec % 200000};
    nanosleep(&pause, 0);
    return 1;
}

// Makes a connection wait for locks of other connections, up to the given number of milliseconds. SQLite's own busy
// handler retries only ten times a second. Between the commits of a busy server, the lock is free for a fraction of a
// millisecond.
static inline int allclear_wait_for_locks(sqlite3 *db, int milliseconds) {
    return sqlite3_busy_handler(db, allclear_retry_lock, (void *)(intptr_t)milliseconds);
}

// Overwrites the whole WAL with its own content and fsyncs it. The connection must be in a write transaction, which
// keeps other connections from changing the WAL meanwhile.
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

// Syncs the WAL.
static inline int allclear_sync_log(sqlite3 *db) {
    sqlite3_file *log = 0;
    int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code != SQLITE_OK) return code;
    return log && log->pMethods ? log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) : SQLITE_OK;
}

// The shared memory in which all processes keep the WAL index; null if there is none. It stays mapped while the
// connection is open. Do not call this before the connection has used its WAL.
static inline const void *allclear_log_index(sqlite3 *db) {
    sqlite3_file *file = 0;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return 0;
    if (!file || !file->pMethods || file->pMethods->iVersion < 2) return 0;
    volatile void *memory = 0;
    int code = file->pMethods->xShmMap(file, 0, 32768, 0, &memory);
    return code == SQLITE_OK ? (const void *)memory : 0;
}

// Reads the first of the two copies of the WAL index header, 48 bytes each, into `words`. Returns false if the copies
// differ, because a process is changing them right now. Other processes may do that at any time, which is why there are
// two copies. ThreadSanitizer would report such a change as a race.
__attribute__((no_sanitize("thread")))
static inline bool allclear_read_log_header(const void *index, uint64_t words[6]) {
    const volatile uint64_t *first = index, *second = first + 6;
    for (int i = 0; i < 6; i++) words[i] = first[i];
    // The writer writes the copies in the opposite order.
    __sync_synchronize();
    for (int i = 0; i < 6; i++) {
        if (second[i] != words[i]) return false;
    }
    return true;
}

// The number of WAL frames, from the first one on, that a checkpoint has copied to the database file. The index stores
// it after the two header copies ("WAL-Index File Format", nBackfill). Other processes may change it at any time.
__attribute__((no_sanitize("thread")))
static inline uint32_t allclear_log_backfilled(const void *index) {
    return ((const volatile uint32_t *)index)[24];
}

// Reserves disk space for a file after its end, without changing its size. Returns 0 or an errno value.
int fallocate(int descriptor, int mode, off_t offset, off_t length);
static inline int allclear_reserve(int descriptor, off_t length) {
    enum { keepSize = 1 };
    off_t end = lseek(descriptor, 0, SEEK_END);
    if (end < 0) return errno;
    return fallocate(descriptor, keepSize, end, length) == 0 ? 0 : errno;
}

// The number of pages that the connection has written since it was opened. The count wraps to 0 after 2^31 - 1.
static inline int allclear_pages_written(sqlite3 *db) {
    int pages = 0, most = 0;
    sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &most, 0);
    return pages;
}

#endif
