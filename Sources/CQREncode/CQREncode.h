#ifndef ALLCLEAR_CQRENCODE_H
#define ALLCLEAR_CQRENCODE_H

#include <qrencode.h>

#endif
