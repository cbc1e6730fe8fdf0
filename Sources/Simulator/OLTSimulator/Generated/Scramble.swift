/// Repeatable randomness: the same seed gives the same devices on every machine.
enum Scramble {
    /// Spreads the bits of a number over all 64; one to one.
    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
        mix(mix(first) ^ second)
    }

    /// Spreads the bits of a 32-bit number; one to one, so that different numbers stay different.
    static func permute(_ number: UInt32) -> UInt32 {
        var mixed = number ^ 0x5BD1_E995
        mixed = (mixed ^ (mixed >> 16)) &* 0x7FEB_352D
        mixed = (mixed ^ (mixed >> 15)) &* 0x846C_A68B
        return mixed ^ (mixed >> 16)
    }
}

/// A sequence of repeatable draws.
struct SeededDice: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = Scramble.mix(seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Scramble.mix(state)
    }

    mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(max(bound, 1)))
    }

    /// Whether an event of this probability (0…1) happens now.
    mutating func happens(_ share: Double) -> Bool {
        share > 0 && Double(next() >> 11) / Double(1 << 53) < share
    }
}
