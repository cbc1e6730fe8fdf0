import Glibc

/// Two connected sockets that no other program inherits: a pipe whose writer gets an error, not SIGPIPE, when nobody reads.
struct SocketPair {
    /// Kept by this process.
    let near: Int32
    /// Becomes the standard input of a child.
    let far: Int32

    init() throws(ServerError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw .cannotStart(program: "socketpair", reason: systemText(errno))
        }
        near = ends[0]
        far = ends[1]
    }

    /// Writes a whole line; `false` when nobody reads any more.
    static func send(_ line: String, to socket: Int32) -> Bool {
        let bytes = Array("\(line)\n".utf8)
        return Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
