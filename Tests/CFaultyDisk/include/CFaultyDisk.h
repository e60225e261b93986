// A disk that fails on command, for SQLite in this process. It is a VFS around SQLite's default one. Faults apply to
// one folder, so that parallel tests do not affect each other.
#ifndef ALLCLEAR_CFAULTYDISK_H
#define ALLCLEAR_CFAULTYDISK_H

enum { FAULTY_DISK_DATABASE = 1, FAULTY_DISK_LOG = 2 };
enum { FAULTY_DISK_READ = 1, FAULTY_DISK_WRITE = 2, FAULTY_DISK_SYNC = 4, FAULTY_DISK_OPEN = 8, FAULTY_DISK_SHARED_MEMORY = 16 };

// Makes this the default VFS for every database opened from now on. Returns 0 if that fails.
int faulty_disk_install(void);

// Makes these operations on these files of the folder fail with an SQLite result code. The first `after` operations
// succeed, and the next `times` fail; a negative `times` means all. A write that fails still writes the first half of
// its data.
void faulty_disk_fail(const char *folder, int files, int operations, int code, int after, int times);

// Ends all faults of a folder. Returns how many operations failed.
int faulty_disk_heal(const char *folder);

// Starts tracking which data of the folder's files would survive a power failure.
void faulty_disk_watch(const char *folder);

// Writes the files into another folder as a power failure would leave them. They have everything that was synced, and a
// random choice of the other pages. A sync that fails behaves as on Linux: some pages are written, and the others never
// will be. Returns 0 if a file cannot be written.
int faulty_disk_lose_power(const char *folder, const char *into, unsigned seed);

// Forgets a folder, with its faults and tracked data.
void faulty_disk_forget(const char *folder);

#endif
