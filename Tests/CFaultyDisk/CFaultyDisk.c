#include "CFaultyDisk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

// A write that is not on the disk yet. Without bytes, the file is truncated at the offset.
typedef struct Pending {
    sqlite3_int64 offset;
    int length;
    char *bytes;
    struct Pending *next;
} Pending;

// The data of a file that is on the disk, and the pending writes.
typedef struct Image {
    char *path;
    char *bytes;
    sqlite3_int64 size;
    Pending *first, **last;
    struct Image *next;
} Image;

typedef struct Folder {
    char *path;
    int files, operations, code, after, times, hits;
    int isWatched;
    unsigned seed;
    Image *images;
    struct Folder *next;
} Folder;

// Our data, which follows the default VFS's file structure in memory.
typedef struct {
    const sqlite3_io_methods *usual;
    const char *path;
    int kind;
} Extra;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *usual, faulty;
static Folder *folders;
static struct { const sqlite3_io_methods *usual; sqlite3_io_methods ours; } methods[16];

static Extra *extra(sqlite3_file *file) { return (Extra *)((char *)file + (usual->szOsFile + 15) / 16 * 16); }

// MARK: Folders, with the mutex held

static Folder *folderNamed(const char *path) {
    for (Folder *folder = folders; folder; folder = folder->next)
        if (!strcmp(folder->path, path)) return folder;
    Folder *folder = calloc(1, sizeof *folder);
    folder->path = strdup(path);
    folder->next = folders;
    return folders = folder;
}

static Folder *folderOf(const char *path) {
    for (Folder *folder = folders; path && folder; folder = folder->next) {
        size_t length = strlen(folder->path);
        if (!strncmp(folder->path, path, length) && path[length] == '/') return folder;
    }
    return NULL;
}

static int faultIn(Folder *folder, int kind, int operation) {
    if (!folder || !(folder->files & kind) || !(folder->operations & operation) || !folder->times) return SQLITE_OK;
    if (folder->after > 0) {
        folder->after--;
        return SQLITE_OK;
    }
    if (folder->times > 0) folder->times--;
    folder->hits++;
    return folder->code;
}

static int fault(const char *path, int kind, int operation) {
    pthread_mutex_lock(&mutex);
    int code = faultIn(folderOf(path), kind, operation);
    pthread_mutex_unlock(&mutex);
    return code;
}

// MARK: Images, with the mutex held

static Image *imageOf(Folder *folder, const char *path) {
    for (Image *image = folder->images; image; image = image->next)
        if (!strcmp(image->path, path)) return image;
    Image *image = calloc(1, sizeof *image);
    image->path = strdup(path);
    image->last = &image->first;
    image->next = folder->images;
    FILE *file = fopen(path, "rb");
    if (file) {
        fseek(file, 0, SEEK_END);
        image->size = ftell(file);
        rewind(file);
        image->bytes = malloc(image->size + 1);
        if (fread(image->bytes, 1, image->size, file) != (size_t)image->size) image->size = 0;
        fclose(file);
    }
    return folder->images = image;
}

static void apply(Image *image, const Pending *pending) {
    if (!pending->bytes) {
        if (pending->offset < image->size) image->size = pending->offset;
        return;
    }
    sqlite3_int64 end = pending->offset + pending->length;
    if (end > image->size) {
        image->bytes = realloc(image->bytes, end);
        memset(image->bytes + image->size, 0, end - image->size);
        image->size = end;
    }
    memcpy(image->bytes + pending->offset, pending->bytes, pending->length);
}

// Ends the pending writes. Without a seed all of them reach the disk, otherwise a random choice of pages.
static void settle(Image *image, unsigned *seed) {
    for (Pending *pending = image->first, *next; pending; pending = next) {
        next = pending->next;
        if (!seed || rand_r(seed) % 2) apply(image, pending);
        free(pending->bytes);
        free(pending);
    }
    image->first = NULL;
    image->last = &image->first;
}

static void append(Image *image, const char *bytes, int length, sqlite3_int64 offset) {
    Pending *pending = calloc(1, sizeof *pending);
    pending->offset = offset;
    pending->length = length;
    if (bytes) {
        pending->bytes = malloc(length);
        memcpy(pending->bytes, bytes, length);
    }
    *image->last = pending;
    image->last = &pending->next;
}

static void note(const char *path, const char *bytes, int length, sqlite3_int64 offset) {
    pthread_mutex_lock(&mutex);
    Folder *folder = folderOf(path);
    if (folder && folder->isWatched) {
        Image *image = imageOf(folder, path);
        if (!bytes) append(image, NULL, 0, offset);
        while (bytes && length > 0) {
            int count = PAGE - offset % PAGE < length ? PAGE - offset % PAGE : length;
            append(image, bytes, count, offset);
            bytes += count, offset += count, length -= count;
        }
    }
    pthread_mutex_unlock(&mutex);
}

static void noteSync(const char *path, int isGood) {
    pthread_mutex_lock(&mutex);
    Folder *folder = folderOf(path);
    if (folder && folder->isWatched) settle(imageOf(folder, path), isGood ? NULL : &folder->seed);
    pthread_mutex_unlock(&mutex);
}

// MARK: The methods of a file

static int faultyClose(sqlite3_file *file) { return extra(file)->usual->xClose(file); }

static int faultyRead(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    int code = fault(extra(file)->path, extra(file)->kind, FAULTY_DISK_READ);
    return code ? code : extra(file)->usual->xRead(file, bytes, count, offset);
}

static int faultyWrite(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    int code = fault(extra(file)->path, extra(file)->kind, FAULTY_DISK_WRITE);
    if (code) count /= 2;
    note(extra(file)->path, bytes, count, offset);
    int usualCode = count ? extra(file)->usual->xWrite(file, bytes, count, offset) : SQLITE_OK;
    return code ? code : usualCode;
}

static int faultyTruncate(sqlite3_file *file, sqlite3_int64 size) {
    int code = fault(extra(file)->path, extra(file)->kind, FAULTY_DISK_WRITE);
    if (code) return code;
    note(extra(file)->path, NULL, 0, size);
    return extra(file)->usual->xTruncate(file, size);
}

static int faultySync(sqlite3_file *file, int flags) {
    int code = fault(extra(file)->path, extra(file)->kind, FAULTY_DISK_SYNC);
    noteSync(extra(file)->path, !code);
    // Power failures are simulated in memory, so no real sync is needed.
    (void)flags;
    return code;
}

static int faultyShmMap(sqlite3_file *file, int page, int size, int extends, void volatile **bytes) {
    int code = fault(extra(file)->path, extra(file)->kind, FAULTY_DISK_SHARED_MEMORY);
    return code ? code : extra(file)->usual->xShmMap(file, page, size, extends, bytes);
}

static const sqlite3_io_methods *methodsAround(const sqlite3_io_methods *usualMethods) {
    const sqlite3_io_methods *found = NULL;
    pthread_mutex_lock(&mutex);
    for (int index = 0; index < 16 && !found; index++) {
        if (!methods[index].usual) {
            methods[index].usual = usualMethods;
            methods[index].ours = *usualMethods;
            methods[index].ours.xClose = faultyClose;
            methods[index].ours.xRead = faultyRead;
            methods[index].ours.xWrite = faultyWrite;
            methods[index].ours.xTruncate = faultyTruncate;
            methods[index].ours.xSync = faultySync;
            if (usualMethods->iVersion >= 2) methods[index].ours.xShmMap = faultyShmMap;
        }
        if (methods[index].usual == usualMethods) found = &methods[index].ours;
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

// MARK: The VFS

static int faultyOpen(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *outFlags) {
    (void)vfs;
    int kind = flags & SQLITE_OPEN_MAIN_DB ? FAULTY_DISK_DATABASE : flags & SQLITE_OPEN_WAL ? FAULTY_DISK_LOG : 0;
    int code = fault(path, kind, FAULTY_DISK_OPEN);
    if (code) {
        file->pMethods = NULL;
        return code;
    }
    code = usual->xOpen(usual, path, file, flags, outFlags);
    if (!file->pMethods) return code;
    // Files in folders that no test has named keep the default methods, and their speed.
    pthread_mutex_lock(&mutex);
    int isOurs = folderOf(path) != NULL;
    pthread_mutex_unlock(&mutex);
    const sqlite3_io_methods *around = isOurs && kind ? methodsAround(file->pMethods) : NULL;
    if (around) {
        *extra(file) = (Extra){file->pMethods, path, kind};
        file->pMethods = around;
    }
    return code;
}

static int faultyDelete(sqlite3_vfs *vfs, const char *path, int isSynced) {
    (void)vfs;
    note(path, NULL, 0, 0);
    noteSync(path, 1);
    return usual->xDelete(usual, path, isSynced);
}

static void installOnce(void) {
    usual = sqlite3_vfs_find(NULL);
    faulty = *usual;
    faulty.zName = "faulty";
    faulty.pNext = NULL;
    faulty.szOsFile = (usual->szOsFile + 15) / 16 * 16 + (int)sizeof(Extra);
    faulty.xOpen = faultyOpen;
    faulty.xDelete = faultyDelete;
    sqlite3_vfs_register(&faulty, 1);
}

int faulty_disk_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (sqlite3_initialize() != SQLITE_OK) return 0;
    pthread_once(&once, installOnce);
    return usual != NULL;
}

void faulty_disk_fail(const char *path, int files, int operations, int code, int after, int times) {
    pthread_mutex_lock(&mutex);
    Folder *folder = folderNamed(path);
    folder->files = files, folder->operations = operations, folder->code = code;
    folder->after = after, folder->times = times, folder->hits = 0;
    pthread_mutex_unlock(&mutex);
}

int faulty_disk_heal(const char *path) {
    pthread_mutex_lock(&mutex);
    Folder *folder = folderNamed(path);
    folder->times = 0;
    int hits = folder->hits;
    pthread_mutex_unlock(&mutex);
    return hits;
}

void faulty_disk_watch(const char *path) {
    pthread_mutex_lock(&mutex);
    folderNamed(path)->isWatched = 1;
    pthread_mutex_unlock(&mutex);
}

int faulty_disk_lose_power(const char *path, const char *into, unsigned seed) {
    int isWritten = 1;
    pthread_mutex_lock(&mutex);
    Folder *folder = folderNamed(path);
    for (Image *image = folder->images; image; image = image->next) {
        char target[4096];
        snprintf(target, sizeof target, "%s%s", into, strrchr(image->path, '/'));
        // The pending writes stay pending, because the power may fail again.
        Image lost = {.bytes = malloc(image->size + 1), .size = image->size};
        memcpy(lost.bytes, image->bytes ? image->bytes : "", image->size);
        for (Pending *pending = image->first; pending; pending = pending->next)
            if (rand_r(&seed) % 2) apply(&lost, pending);
        FILE *file = fopen(target, "wb");
        isWritten &= file && fwrite(lost.bytes, 1, lost.size, file) == (size_t)lost.size;
        if (file) fclose(file);
        free(lost.bytes);
    }
    pthread_mutex_unlock(&mutex);
    return isWritten;
}

void faulty_disk_forget(const char *path) {
    pthread_mutex_lock(&mutex);
    for (Folder **place = &folders; *place; place = &(*place)->next) {
        if (strcmp((*place)->path, path)) continue;
        Folder *folder = *place;
        *place = folder->next;
        for (Image *image = folder->images, *next; image; image = next) {
            next = image->next;
            unsigned seed = 0;
            settle(image, &seed);
            free(image->path);
            free(image->bytes);
            free(image);
        }
        free(folder->path);
        free(folder);
        break;
    }
    pthread_mutex_unlock(&mutex);
}
