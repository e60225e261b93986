// A loop of durable writes with SQLite, one commit each.
//
// Usage: commits FILE SECONDS           Writes one row and one index entry each time, in a new file.
//        commits FILE SECONDS BYTES     Writes the rows of a create through the API, with an answer of BYTES bytes.
//                                       FILE is an allclear database that has a page.
// Prints the number of commits.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *database;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(database));
    exit(1);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v2(database, sql, -1, &statement, 0));
    return statement;
}

static void run(sqlite3_stmt *statement) {
    check(sqlite3_step(statement));
    check(sqlite3_reset(statement));
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text) {
    check(sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT));
}

// Writes one row and one index entry.
static void least(const char *key) {
    static sqlite3_stmt *insert;
    static char body[400];
    if (!insert) {
        memset(body, 'x', sizeof body);
        check(sqlite3_exec(database, "CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)", 0, 0, 0));
        insert = prepare("INSERT INTO rows (key, body) VALUES (?, ?)");
    }
    bind_text(insert, 1, key);
    check(sqlite3_bind_text(insert, 2, body, sizeof body, SQLITE_STATIC));
    run(insert);
}

// Makes the next id: a ULID, always of the same millisecond.
static void make_id(char id[27]) {
    static const char *digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    static unsigned long count;
    unsigned long rest = ++count;
    strcpy(id, "7ZZZZZZZZZ0000000000000000");
    for (int place = 25; rest; place--, rest >>= 5) id[place] = digits[rest & 31];
}

// Writes the rows of a retrospective incident with two updates, its audit event and its stored answer, as the server
// does.
static void create(const char *key, int size) {
    static sqlite3_stmt *begin, *find, *incident, *update, *event, *answer, *commit;
    static char page[27], *body;
    if (!begin) {
        body = malloc(size);
        memset(body, 'x', size);
        sqlite3_stmt *first = prepare("SELECT id FROM pages LIMIT 1");
        check(sqlite3_step(first));
        snprintf(page, sizeof page, "%s", (const char *)sqlite3_column_text(first, 0));
        sqlite3_finalize(first);
        begin = prepare("BEGIN IMMEDIATE");
        find = prepare("SELECT status, body FROM idempotent_responses WHERE page_id = ? AND kind = ? AND key = ?");
        incident = prepare("INSERT INTO incidents (id, page_id, name, status, published_at) VALUES (?, ?, ?, ?, ?)");
        update = prepare("INSERT INTO incident_updates (id, incident_id, position, published_at, message, status,"
                         " notify_subscribers) VALUES (?, ?, ?, ?, ?, ?, 0)");
        event = prepare("INSERT INTO audit_events (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,"
                        " subject_name, page_id, changes, request_id, address) VALUES (?, 'api_key', ?, 'benchmark',"
                        " 'recorded', 'incident', ?, 'Elevated error rates', ?,"
                        " '{\"name\":[null,\"Elevated error rates\"],\"status\":[null,\"resolved\"]}', ?, '127.0.0.1')");
        answer = prepare("INSERT INTO idempotent_responses (page_id, kind, key, status, body, created_at)"
                         " VALUES (?, ?, ?, 201, ?, ?)");
        commit = prepare("COMMIT");
    }
    char incident_id[27], update_id[27];
    make_id(incident_id);
    run(begin);
    bind_text(find, 1, page);
    bind_text(find, 2, "retrospective_incident");
    bind_text(find, 3, key);
    run(find);
    bind_text(incident, 1, incident_id);
    bind_text(incident, 2, page);
    bind_text(incident, 3, "Elevated error rates");
    bind_text(incident, 4, "resolved");
    check(sqlite3_bind_int64(incident, 5, 1735689600000));
    run(incident);
    for (int position = 0; position < 2; position++) {
        make_id(update_id);
        bind_text(update, 1, update_id);
        bind_text(update, 2, incident_id);
        check(sqlite3_bind_int(update, 3, position));
        check(sqlite3_bind_int64(update, 4, 1735689600000 + position * 3600000));
        bind_text(update, 5, position ? "Fixed." : "We are looking into it.");
        bind_text(update, 6, position ? "resolved" : "investigating");
        run(update);
    }
    check(sqlite3_bind_int64(event, 1, 1735693200000));
    bind_text(event, 2, page);
    bind_text(event, 3, incident_id);
    bind_text(event, 4, page);
    bind_text(event, 5, incident_id);
    run(event);
    bind_text(answer, 1, page);
    bind_text(answer, 2, "retrospective_incident");
    bind_text(answer, 3, key);
    check(sqlite3_bind_blob(answer, 4, body, size, SQLITE_STATIC));
    check(sqlite3_bind_int64(answer, 5, 1735693200000));
    run(answer);
    run(commit);
}

int main(int count, char **arguments) {
    if (count != 3 && count != 4) return 64;
    check(sqlite3_open(arguments[1], &database));
    check(sqlite3_exec(
        database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", 0, 0, 0));
    int size = count == 4 ? atoi(arguments[3]) : 0;
    double end = now() + atof(arguments[2]);
    long commits = 0;
    for (; now() < end; commits++) {
        char key[32];
        snprintf(key, sizeof key, "key-%ld", commits);
        if (size) {
            create(key, size);
        } else {
            least(key);
        }
    }
    printf("%ld\n", commits);
    return 0;
}
