#ifndef ALLCLEAR_COPENSSL_H
#define ALLCLEAR_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#endif
