internal import Glibc

/// A client's connection, the one to the server in its name, and a pipe each way.
struct TCPPair {
    enum State {
        case connecting
        case open
        /// Both sides have said all.
        case ended
        /// One side is gone; the other is reset.
        case broken
        /// A cut struck.
        case cut
    }

    private let client: Int32
    private let server: Int32
    private var up = Pipe()
    private var down = Pipe()
    private var saidEnd: Set<Direction> = []
    private(set) var state = State.connecting

    /// `nil` when the server refuses at once.
    init?(client: Int32, target: Int) {
        guard let server = try? Socket.open(SOCK_STREAM) else { return nil }
        guard Socket.connect(server, port: target) == 0 else {
            Glibc.close(server)
            return nil
        }
        for descriptor in [client, server] { Socket.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        self.client = client
        self.server = server
    }

    /// Nothing for a side from which nothing is wanted: poll(2) would tell its end again and again.
    func interests(_ toxics: [Direction: Toxics], at now: Duration) -> [pollfd] {
        guard state == .open else { return [pollfd(fd: server, events: Int16(POLLOUT), revents: 0)] }
        let (rise, fall) = (toxics[.up] ?? .pass, toxics[.down] ?? .pass)
        let wishes = [
            (client, up.wants(rise), !down.ready(fall, at: now).isEmpty), (server, down.wants(fall), !up.ready(rise, at: now).isEmpty),
        ]
        return wishes.compactMap { descriptor, reads, writes in
            guard reads || writes else { return nil }
            return pollfd(fd: descriptor, events: Int16((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), revents: 0)
        }
    }

    /// When something that is kept becomes ready.
    func nextDue(_ toxics: [Direction: Toxics], after now: Duration) -> Duration? {
        [up.due(toxics[.up] ?? .pass), down.due(toxics[.down] ?? .pass)].compactMap(\.self).filter { $0 > now }.min()
    }

    /// Reads and writes what is ready.
    /// - Returns: the direction whose cut struck.
    mutating func work(
        _ ready: Set<Int32>,
        _ toxics: [Direction: Toxics],
        _ buffer: inout [UInt8],
        _ counts: inout TCPCounts,
        at now: Duration
    ) -> Direction? {
        if state == .connecting {
            guard ready.contains(server) else { return nil }
            guard Socket.connectError(server) == 0 else {
                state = .broken
                return nil
            }
            state = .open
        }
        var usesCut: Direction?
        do throws(ProxyError) {
            let (rise, fall) = (toxics[.up] ?? .pass, toxics[.down] ?? .pass)
            if ready.contains(client), try Self.read(client, into: &up, rise, &buffer, at: now) { usesCut = .up }
            if ready.contains(server), try Self.read(server, into: &down, fall, &buffer, at: now) { usesCut = .down }
            counts.octetsUp += try Self.write(&up, to: server, rise, at: now)
            counts.octetsDown += try Self.write(&down, to: client, fall, at: now)
            if up.isEnding, up.isDrained, saidEnd.insert(.up).inserted { shutdown(server, Int32(SHUT_WR)) }
            if down.isEnding, down.isDrained, saidEnd.insert(.down).inserted { shutdown(client, Int32(SHUT_WR)) }
        } catch {
            state = .broken
            return usesCut
        }
        if up.isCut && up.isDrained || down.isCut && down.isDrained {
            state = .cut
        } else if saidEnd.count == 2 {
            state = .ended
        }
        return usesCut
    }

    func close(reset: Bool) {
        for descriptor in [client, server] {
            if reset { Socket.reset(descriptor) } else { Glibc.close(descriptor) }
        }
    }

    private static func read(
        _ source: Int32,
        into pipe: inout Pipe,
        _ toxics: Toxics,
        _ buffer: inout [UInt8],
        at now: Duration
    ) throws(ProxyError) -> Bool {
        guard pipe.wants(toxics), let octets = try Socket.read(source, into: &buffer) else { return false }
        guard !octets.isEmpty else {
            pipe.end()
            return false
        }
        return pipe.take(octets, toxics, at: now)
    }

    /// - Returns: how many octets the kernel took.
    private static func write(_ pipe: inout Pipe, to sink: Int32, _ toxics: Toxics, at now: Duration) throws(ProxyError) -> Int {
        var total = 0
        while true {
            let octets = pipe.ready(toxics, at: now)
            guard !octets.isEmpty else { return total }
            let count = try Socket.write(sink, octets)
            guard count > 0 else { return total }
            pipe.wrote(count, toxics, at: now)
            total += count
        }
    }
}
