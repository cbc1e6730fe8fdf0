/// One direction of a proxied connection: what was read and not written yet.
///
/// Decides only; whoever owns the sockets reads, writes and resets.
struct Pipe {
    private struct Chunk {
        var octets: ArraySlice<UInt8>
        let due: Duration
    }

    /// Most octets that are kept; then the reading side has to wait.
    static let octetsMax = 256 << 10

    private var chunks: [Chunk] = []
    private(set) var kept = 0
    private var sliceAt: Duration = .zero
    private var passed = 0
    private var countsFor: Toxics.Cut?
    /// The reading side has said all.
    private(set) var isEnding = false
    /// The connection is to be reset once what is kept was written.
    private(set) var isCut = false

    /// Whether more may be read now.
    func wants(_ toxics: Toxics) -> Bool {
        !toxics.isBlackhole && !isEnding && !isCut && kept < Self.octetsMax
    }

    /// True when all was written that ever will be.
    var isDrained: Bool { (isEnding || isCut) && chunks.isEmpty }

    /// Takes what was read.
    /// - Returns: whether this used up the cut.
    mutating func take(_ octets: [UInt8], _ toxics: Toxics, at now: Duration) -> Bool {
        guard !isCut else { return false }
        let part = octets[..<share(of: octets.count, toxics.cut)]
        if !part.isEmpty {
            chunks.append(Chunk(octets: part, due: now + toxics.latency))
            kept += part.count
        }
        return isCut
    }

    /// The reading side has said all.
    mutating func end() { isEnding = true }

    /// What may be written now.
    func ready(_ toxics: Toxics, at now: Duration) -> ArraySlice<UInt8> {
        guard !toxics.isBlackhole, let first = chunks.first, first.due <= now else { return [] }
        guard let slices = toxics.slices else { return first.octets }
        return sliceAt <= now ? first.octets.prefix(slices.octets) : []
    }

    /// So many octets of what was ready are written.
    mutating func wrote(_ count: Int, _ toxics: Toxics, at now: Duration) {
        guard count > 0, !chunks.isEmpty else { return }
        kept -= count
        chunks[0].octets.removeFirst(count)
        if chunks[0].octets.isEmpty { chunks.removeFirst() }
        if let slices = toxics.slices { sliceAt = now + slices.every }
    }

    /// When something that is not ready now will be; `nil` while nothing is kept.
    func due(_ toxics: Toxics) -> Duration? {
        guard !toxics.isBlackhole, let first = chunks.first else { return nil }
        return toxics.slices == nil ? first.due : max(first.due, sliceAt)
    }

    /// How many of the octets pass the cut.
    private mutating func share(of count: Int, _ cut: Toxics.Cut?) -> Int {
        if countsFor != cut { (countsFor, passed) = (cut, 0) }
        switch cut {
        case nil: return count
        case .after(let octets):
            let left = max(0, octets - passed)
            isCut = count > left
            passed += min(count, left)
            return min(count, left)
        case .chunk(let min, let short):
            guard count >= max(min, short + 1) else { return count }
            isCut = true
            return count - short
        }
    }
}
