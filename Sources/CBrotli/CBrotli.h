#ifndef ALLCLEAR_CBROTLI_H
#define ALLCLEAR_CBROTLI_H

#include <brotli/encode.h>

#endif
