/// What a UDP proxy does to datagrams, in both directions.
package struct DatagramToxics: Hashable, Sendable {
    /// Share of datagrams that never arrive, 0…1.
    package var loss: Double
    /// Share that arrives twice.
    package var duplicate: Double
    /// Share that arrives behind those that were sent up to `reorderBy` later.
    package var reorder: Double
    package var reorderBy: Duration
    /// Every datagram comes so much later.
    package var delay: Duration

    package init(
        loss: Double = 0,
        duplicate: Double = 0,
        reorder: Double = 0,
        reorderBy: Duration = .milliseconds(50),
        delay: Duration = .zero
    ) {
        self.loss = loss
        self.duplicate = duplicate
        self.reorder = reorder
        self.reorderBy = reorderBy
        self.delay = delay
    }

    package static let pass = DatagramToxics()

    /// When copies of one datagram arrive, counted from now; none is a loss.
    ///
    /// Draws as many dice whatever the toxics are, so that a seed means the same run.
    func arrivals(_ chance: inout SeededChance) -> [Duration] {
        let (lost, doubled, late) = (roll(&chance), roll(&chance), roll(&chance))
        guard lost >= loss else { return [] }
        let first = late < reorder ? delay + reorderBy : delay
        return doubled < duplicate ? [first, first] : [first]
    }

    private func roll(_ chance: inout SeededChance) -> Double { Double.random(in: 0..<1, using: &chance) }
}
