internal import Glibc

/// The TCP side of the account: accepts, reads one request of each connection, writes one answer, closes.
struct AccountListener {
    /// Most connections at once; more wait in the kernel.
    private static let connectionsMax = 64
    /// A connection that takes longer is closed.
    private static let patience: Duration = .seconds(10)

    private struct Connection {
        var inbox: [UInt8] = []
        var outbox: [UInt8] = []
        var until: Duration
    }

    let port: UInt16
    private let descriptor: Int32
    private var connections: [Int32: Connection] = [:]

    init(_ place: Sender) throws(SimulatorError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system("account socket", errno) }
        self.descriptor = descriptor
        SocketOptions.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        do throws(SimulatorError) {
            port = try SocketOptions.bind(descriptor, place, "account address \(place)")
            guard listen(descriptor, 64) == 0 else { throw .system("account address \(place)", errno) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// What to wait for.
    var interests: [pollfd] {
        var interests = connections.map { connection in
            pollfd(fd: connection.key, events: Int16(connection.value.outbox.isEmpty ? POLLIN : POLLOUT), revents: 0)
        }
        if connections.count < Self.connectionsMax { interests.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
        return interests
    }

    /// When the next connection's patience ends.
    var nextDue: Duration? { connections.values.map(\.until).min() }

    /// Goes on with what is ready; `answer` is asked once for each complete request.
    mutating func handle(_ ready: [pollfd], now: Duration, answer: (AccountRequest) -> AccountResponse) {
        for event in ready where event.revents != 0 {
            if event.fd == descriptor {
                accept(now: now)
            } else if connections[event.fd]?.outbox.isEmpty == true {
                read(event.fd, answer)
            } else {
                write(event.fd)
            }
        }
        for (connection, state) in connections where state.until <= now { end(connection) }
    }

    mutating func close() {
        for connection in connections.keys { end(connection) }
        Glibc.close(descriptor)
    }

    private mutating func accept(now: Duration) {
        while connections.count < Self.connectionsMax {
            let connection = Glibc.accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            _ = fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) | O_NONBLOCK)
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            connections[connection] = Connection(until: now + Self.patience)
        }
    }

    private mutating func read(_ connection: Int32, _ answer: (AccountRequest) -> AccountResponse) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0, var state = connections.removeValue(forKey: connection) else { return end(connection) }
        state.inbox += chunk[..<count]
        switch AccountRequest.read(state.inbox) {
        case .incomplete: break
        case .refused: state.outbox = AccountResponse.problem(400, "not a request").bytes
        case .complete(let request): state.outbox = answer(request).bytes
        }
        connections[connection] = state
        if !state.outbox.isEmpty { write(connection) }
    }

    private mutating func write(_ connection: Int32) {
        guard let outbox = connections[connection]?.outbox else { return }
        let count = unsafe outbox.withUnsafeBytes {
            unsafe Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count >= 0, count < outbox.count else { return end(connection) }
        connections[connection]?.outbox.removeFirst(count)
    }

    private mutating func end(_ connection: Int32) {
        connections[connection] = nil
        Glibc.close(connection)
    }
}
