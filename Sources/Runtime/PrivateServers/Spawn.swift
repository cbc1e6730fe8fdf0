import Glibc

/// One `posix_spawn`: a program in a process group of its own, with default signals and three descriptors only.
struct Spawn {
    let program: String
    /// Everything after the program's name.
    let arguments: [String]
    let environment: [String: String]
    let input: Int32
    let output: Int32
    let errors: Int32

    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    /// `posix_spawn_file_actions_addclosefrom_np`, in glibc since 2.34 but not in what Swift imports of it.
    private static let closeAllAbove2: CloseFrom? = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map { symbol in
        unsafeBitCast(symbol, to: CloseFrom.self)
    }

    /// Starts it and returns its process id, which is its group's id too.
    func callAsFunction() throws(ServerError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        // Not every library marks its sockets close-on-exec, and a server that holds a client's socket never sees it close.
        _ = Self.closeAllAbove2?(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var pid: pid_t = 0
        let words = [program] + arguments
        let settings = environment.map { "\($0.key)=\($0.value)" }
        let code = withCStrings(words) { words in
            withCStrings(settings) { settings in posix_spawn(&pid, program, &actions, &attributes, words, settings) }
        }
        guard code == 0 else { throw .cannotStart(program: program, reason: systemText(code)) }
        return pid
    }

    /// Lends a NULL-terminated array of C strings.
    private func withCStrings(_ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32) -> Int32 {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in buffer.baseAddress.map(body) ?? EINVAL }
    }
}
