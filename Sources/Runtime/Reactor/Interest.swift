/// What a watch waits for.
///
/// An empty interest still reports errors and hang-ups.
package struct Interest: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Interest(rawValue: 1)
    package static let writable = Interest(rawValue: 2)
}

/// What the kernel told about a watched descriptor.
///
/// An error or a hang-up sets both, so that the library meets it in its own code path.
package struct Readiness: Sendable, Hashable {
    package let readable: Bool
    package let writable: Bool

    package init(readable: Bool, writable: Bool) {
        self.readable = readable
        self.writable = writable
    }
}

/// Names one registration of a descriptor.
///
/// A token of an earlier registration is ignored.
package struct WatchToken: Sendable, Hashable {
    let descriptor: Int32
    let generation: UInt32
}

/// Names one scheduled timer; never repeats.
package struct TimerToken: Sendable, Hashable {
    let number: UInt64
}

/// Names one hook that runs every turn; never repeats.
package struct TurnToken: Sendable, Hashable {
    let number: UInt64
}
