#include "COpenSSL.h"

// Unless told otherwise before anything else, OpenSSL takes itself apart when the process exits. Threads that Dispatch
// keeps may be about to free a session or a certificate then. See OPENSSL_init_crypto(3), NOTES on atexit(3).
__attribute__((constructor)) static void allclear_keep_openssl(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, 0);
}
