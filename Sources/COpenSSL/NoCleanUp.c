#include "COpenSSL.h"

// By default, OpenSSL frees its global state when the process exits. At that time, Dispatch threads may be about to
// free a session or a certificate. This must be the first call to OpenSSL. See OPENSSL_init_crypto(3), NOTES on
// atexit(3).
__attribute__((constructor)) static void allclear_keep_openssl(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, 0);
}
