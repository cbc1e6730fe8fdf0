import ArgumentParser
import Glibc

extension OLTSim {
    /// Ends with 0, or with 2 when options, files or sockets are wrong.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error) != .success else {
                StandardStreams.out(text)
                Glibc.exit(0)
            }
            StandardStreams.error(text)
            Glibc.exit(2)
        }
    }
}

/// SIGTERM and SIGINT, held back from every thread so that one place waits for them.
struct StopSignals {
    private var set = sigset_t()

    /// Before any thread starts: threads inherit the mask.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    func wait() {
        var set = set
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
    }
}

/// Whole lines to the standard streams, unbuffered.
enum StandardStreams {
    static func out(_ line: String) { write(line, to: STDOUT_FILENO) }

    static func error(_ line: String) { write(line, to: STDERR_FILENO) }

    private static func write(_ line: String, to descriptor: Int32) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension String {
    /// Filled with spaces on the right.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 1))
    }
}
