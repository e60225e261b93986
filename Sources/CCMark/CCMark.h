#ifndef ALLCLEAR_CCMARK_H
#define ALLCLEAR_CCMARK_H

#include <cmark.h>

#endif
