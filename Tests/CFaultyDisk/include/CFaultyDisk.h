// A disk that fails when told to, for SQLite in this process: a VFS around the usual one. What it does belongs to a
// folder, so that tests beside each other do not meet.
#ifndef ALLCLEAR_CFAULTYDISK_H
#define ALLCLEAR_CFAULTYDISK_H

enum { FAULTY_DISK_DATABASE = 1, FAULTY_DISK_LOG = 2 };
enum { FAULTY_DISK_READ = 1, FAULTY_DISK_WRITE = 2, FAULTY_DISK_SYNC = 4, FAULTY_DISK_OPEN = 8, FAULTY_DISK_SHARED_MEMORY = 16 };

// Makes it the VFS of every database that is opened from now on.
int faulty_disk_install(void);

// From now on these operations on these files of the folder fail with a result code of SQLite's, after so many that do
// not, and so many times; a negative number means always. A write that fails leaves half of itself.
void faulty_disk_fail(const char *folder, int files, int operations, int code, int after, int times);

// Ends all faults of a folder.
// Returns how many there were.
int faulty_disk_heal(const char *folder);

// From now on it is known what of the folder's files would be there after a loss of power.
void faulty_disk_watch(const char *folder);

// Writes the files as they are after a loss of power into another folder: all that was synced, and of the rest, page by
// page, some. A sync that fails does as Linux does: some of what it was to write is written, and the rest never will be.
int faulty_disk_lose_power(const char *folder, const char *into, unsigned seed);

// Forgets a folder.
void faulty_disk_forget(const char *folder);

#endif
