internal import Glibc

/// The sockets of a UDP proxy: one that clients send to, and one to the target for each client.
struct UDPTraffic: ProxyBody {
    /// Most clients at once; the next one's datagrams are lost.
    private static let clientsMax = 256

    private struct Departure {
        let due: Duration
        let datagram: [UInt8]
        let socket: Int32
        /// `nil` goes to the target, to which its socket is connected.
        let client: sockaddr_in?
    }

    let port: Int
    private let target: Int
    private let front: Int32
    private var clients: [UInt64: Int32] = [:]
    private var addresses: [Int32: sockaddr_in] = [:]
    private var departures: [Departure] = []
    private var chance: SeededChance
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    var toxics = DatagramToxics.pass
    private(set) var counts = UDPCounts()

    init(target: Int, seed: UInt64) throws(ProxyError) {
        self.target = target
        chance = SeededChance(seed: seed)
        front = try Socket.open(SOCK_DGRAM)
        do throws(ProxyError) {
            try Socket.bind(front, port: 0)
        } catch {
            Glibc.close(front)
            throw error
        }
        port = Socket.port(of: front)
    }

    var interests: [pollfd] {
        ([front] + clients.values).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }

    var nextDue: Duration? { departures.map(\.due).min() }

    mutating func turn(_ ready: [pollfd], at now: Duration) {
        for event in ready {
            if event.fd == front { receiveFront(at: now) } else { receiveBack(event.fd, at: now) }
        }
        let leaving = departures.filter { $0.due <= now }
        departures.removeAll { $0.due <= now }
        for departure in leaving.sorted(by: { $0.due < $1.due }) { send(departure) }
    }

    mutating func close() {
        for descriptor in [front] + clients.values { Glibc.close(descriptor) }
        clients = [:]
    }

    private mutating func receiveFront(at now: Duration) {
        while true {
            var source = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe withUnsafeMutablePointer(to: &source) { source in
                    unsafe source.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe recvfrom(front, bytes.baseAddress, bytes.count, 0, $0, &length)
                    }
                }
            }
            guard count >= 0 else { return }
            guard let socket = socket(of: source) else { continue }
            pass(Array(buffer[..<count]), by: socket, to: nil, at: now)
        }
    }

    private mutating func receiveBack(_ socket: Int32, at now: Duration) {
        guard let client = addresses[socket] else { return }
        // A target that does not listen shows as an error of its socket: that datagram is lost.
        while case .some(.some(let datagram)) = try? Socket.read(socket, into: &buffer) {
            pass(datagram, by: front, to: client, at: now)
        }
    }

    private mutating func pass(_ datagram: [UInt8], by socket: Int32, to client: sockaddr_in?, at now: Duration) {
        counts.received += 1
        let arrivals = toxics.arrivals(&chance)
        if arrivals.isEmpty { counts.lost += 1 }
        if arrivals.count > 1 { counts.doubled += 1 }
        for after in arrivals { departures.append(Departure(due: now + after, datagram: datagram, socket: socket, client: client)) }
    }

    private mutating func send(_ departure: Departure) {
        counts.sent += 1
        guard var client = departure.client else {
            _ = try? Socket.write(departure.socket, departure.datagram[...])
            return
        }
        unsafe departure.datagram.withUnsafeBytes { bytes in
            unsafe withUnsafePointer(to: &client) { client in
                unsafe client.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = unsafe sendto(
                        departure.socket,
                        bytes.baseAddress,
                        bytes.count,
                        Int32(MSG_NOSIGNAL),
                        $0,
                        socklen_t(MemoryLayout<sockaddr_in>.size)
                    )
                }
            }
        }
    }

    /// The socket that speaks to the target in the name of a client.
    private mutating func socket(of client: sockaddr_in) -> Int32? {
        let name = UInt64(client.sin_addr.s_addr) << 16 | UInt64(client.sin_port)
        if let known = clients[name] { return known }
        guard clients.count < Self.clientsMax, let fresh = try? Socket.open(SOCK_DGRAM) else { return nil }
        _ = Socket.connect(fresh, port: target)
        clients[name] = fresh
        addresses[fresh] = client
        return fresh
    }
}
