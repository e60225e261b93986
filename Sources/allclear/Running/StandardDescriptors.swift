import Glibc

/// Standard input, output and error.
enum StandardDescriptors {
    /// Has what is closed stand for nothing. A file that is opened next would get the number, and what is meant for the log
    /// would be written to the database. To be called before anything is opened.
    static func occupy() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The wrong way around, so that who uses it hears that it was closed.
            guard open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) == descriptor else {
                Terminal.note("allclear: a standard stream is closed, and there is no /dev/null to stand for it")
                _exit(EXIT_FAILURE)
            }
        }
    }
}
