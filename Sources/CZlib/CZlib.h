#ifndef ALLCLEAR_CZLIB_H
#define ALLCLEAR_CZLIB_H

#include <zlib.h>

// deflateInit2 is a macro, which Swift does not import.
static inline int allclear_deflate_init_gzip(z_streamp stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
