internal import Glibc

/// The sockets of a TCP proxy and what passes between them.
struct TCPTraffic: ProxyBody {
    /// The pause before a port that someone took meanwhile is tried again.
    private static let listenAgain: Duration = .milliseconds(50)

    let port: Int
    /// Where connections to come are led to.
    var target: Int
    private var listener: Int32?
    private var pairs: [Int: TCPPair] = [:]
    private var nextPair = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var now: Duration = .zero

    var toxics: [Direction: Toxics] = [:]
    var isRefusing = false
    /// Done by the next turn, as descriptors are only closed there.
    var resetsAll = false
    private(set) var counts = TCPCounts()

    init(target: Int, port: Int) throws(ProxyError) {
        self.target = target
        let listener = try Self.listen(port)
        self.listener = listener
        self.port = Socket.port(of: listener)
    }

    var interests: [pollfd] {
        var interests = listener.map { [pollfd(fd: $0, events: Int16(POLLIN), revents: 0)] } ?? []
        for pair in pairs.values { interests += pair.interests(toxics, at: now) }
        return interests
    }

    var nextDue: Duration? {
        let listens = !isRefusing && listener == nil ? now + Self.listenAgain : nil
        return (pairs.values.map { $0.nextDue(toxics, after: now) } + [listens]).compactMap(\.self).min()
    }

    mutating func turn(_ ready: [pollfd], at now: Duration) {
        self.now = now
        if resetsAll { resetEverything() }
        adjustListener()
        let descriptors = Set(ready.map(\.fd))
        if let listener, descriptors.contains(listener) { accept(listener) }
        for (place, pair) in pairs { work(pair, at: place, descriptors) }
        counts.open = pairs.count
    }

    mutating func close() {
        if let listener { Glibc.close(listener) }
        for pair in pairs.values { pair.close(reset: true) }
        pairs = [:]
    }

    private mutating func work(_ old: TCPPair, at place: Int, _ ready: Set<Int32>) {
        var pair = old
        let usesCut = pair.work(ready, toxics, &buffer, &counts, at: now)
        if let usesCut { toxics[usesCut]?.cut = nil }
        switch pair.state {
        case .connecting, .open: pairs[place] = pair
        case .ended: end(place, pair, reset: false)
        case .broken: end(place, pair, reset: true)
        case .cut:
            counts.cuts += 1
            counts.resets += 1
            end(place, pair, reset: true)
        }
    }

    private mutating func end(_ place: Int, _ pair: TCPPair, reset: Bool) {
        pair.close(reset: reset)
        pairs[place] = nil
    }

    private mutating func resetEverything() {
        resetsAll = false
        counts.resets += pairs.count
        for (place, pair) in pairs { end(place, pair, reset: true) }
    }

    private mutating func adjustListener() {
        if isRefusing, let old = listener {
            Glibc.close(old)
            listener = nil
        } else if !isRefusing, listener == nil {
            // `nil` when someone took the port meanwhile.
            listener = try? Self.listen(port)
        }
    }

    private mutating func accept(_ listener: Int32) {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            guard let pair = TCPPair(client: client, target: target) else {
                Socket.reset(client)
                continue
            }
            counts.accepted += 1
            pairs[nextPair] = pair
            nextPair += 1
        }
    }

    private static func listen(_ port: Int) throws(ProxyError) -> Int32 {
        let descriptor = try Socket.open(SOCK_STREAM)
        do throws(ProxyError) {
            Socket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            try Socket.bind(descriptor, port: port)
            guard Glibc.listen(descriptor, 128) == 0 else { throw .system(call: "listen", code: errno) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }
}
