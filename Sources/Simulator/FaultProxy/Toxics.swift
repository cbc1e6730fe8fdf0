/// What a TCP proxy does to the octets of one direction.
///
/// Everything at its default passes them on as they come.
package struct Toxics: Hashable, Sendable {
    /// A piece of what was read, and the pause after it.
    package struct Slices: Hashable, Sendable {
        package var octets: Int
        package var every: Duration

        /// - Parameters:
        ///   - octets: most octets of a piece, from 1.
        ///   - every: the pause between two pieces.
        package init(octets: Int, every: Duration) {
            self.octets = max(1, octets)
            self.every = every
        }
    }

    /// Where a connection is reset; the first one that gets there uses it up.
    package enum Cut: Hashable, Sendable {
        /// So many octets of a connection pass from now on, not one more.
        case after(octets: Int)
        /// Of the first piece that is at least `min` octets long, the last `short` octets do not pass: a frame is cut.
        case chunk(min: Int, short: Int)
    }

    /// Nothing is read, written or closed any more: peers wait, as behind a cable that was pulled.
    ///
    /// What was under way comes later.
    package var isBlackhole = false
    /// Each octet comes so much later.
    package var latency: Duration = .zero
    package var slices: Slices?
    package var cut: Cut?

    package init(isBlackhole: Bool = false, latency: Duration = .zero, slices: Slices? = nil, cut: Cut? = nil) {
        self.isBlackhole = isBlackhole
        self.latency = latency
        self.slices = slices
        self.cut = cut
    }

    package static let pass = Toxics()
    package static let blackhole = Toxics(isBlackhole: true)
}

/// Where octets go.
package enum Direction: Hashable, Sendable, CaseIterable {
    /// From the client to the server.
    case up
    /// From the server to the client.
    case down
}
