// A loop that does the least that a durable write can be: one row and one index entry, one commit each.
//
// Usage: commits FILE SECONDS. Prints how many commits it made.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    sqlite3 *database;
    sqlite3_stmt *insert;
    char body[400];
    memset(body, 'x', sizeof body);
    if (sqlite3_open(arguments[1], &database) != SQLITE_OK) return 1;
    sqlite3_exec(database,
                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                 "CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)",
                 0, 0, 0);
    if (sqlite3_prepare_v2(database, "INSERT INTO rows (key, body) VALUES (?, ?)", -1, &insert, 0) != SQLITE_OK) return 1;
    double end = now() + atof(arguments[2]);
    long commits = 0;
    for (; now() < end; commits++) {
        char key[32];
        int length = snprintf(key, sizeof key, "key-%ld", commits);
        sqlite3_bind_text(insert, 1, key, length, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 2, body, sizeof body, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) return 1;
        sqlite3_reset(insert);
    }
    printf("%ld\n", commits);
    return 0;
}
