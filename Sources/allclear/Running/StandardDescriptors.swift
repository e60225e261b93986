import Glibc

/// Standard input, output and error.
enum StandardDescriptors {
    /// Opens /dev/null in place of closed standard streams. Otherwise the next file that opens, such as the database,
    /// would get the number of standard error, and log lines would be written to it. Call it before anything is opened.
    static func occupy() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // Open it in the wrong mode, so that use fails as it does on a closed stream.
            guard open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) == descriptor else {
                Terminal.note("allclear: a standard stream is closed, and /dev/null cannot be opened in its place")
                _exit(EXIT_FAILURE)
            }
        }
    }
}
