// Older toolchains cannot run a test in a separate process.
#if compiler(>=6.2)
    import COpenSSL
    import Glibc
    import Testing

    struct ExitTests {
        @Test("OpenSSL does not clean up at exit while other threads still use it")
        func openSSLIsLeftAlone() async {
            await #expect(processExitsWith: .exitCode(0)) {
                _ = SSL_CTX_new(TLS_server_method())
                OPENSSL_atexit { _exit(1) }
                exit(0)
            }
        }
    }
#endif
