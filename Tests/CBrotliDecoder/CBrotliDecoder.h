#ifndef ALLCLEAR_CBROTLI_DECODER_H
#define ALLCLEAR_CBROTLI_DECODER_H

#include <brotli/decode.h>

#endif
