// Makes every fdatasync of a program take 5 ms longer, as on a typical cloud disk. Load it with LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(descriptor);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    return result;
}
