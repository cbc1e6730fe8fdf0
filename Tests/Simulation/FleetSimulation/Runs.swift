/// Many stories, some at a time; each is played by one thread from its beginning to its end.
package struct Runs: Sendable {
    private let seeds: Range<UInt64>
    private let defect: Defect?
    private let atOnce: Int

    /// `defect`: put in, and stories that bring it out.
    package init(seeds: Range<UInt64>, defect: Defect? = nil, atOnce: Int = 2) {
        self.seeds = seeds
        self.defect = defect
        self.atOnce = atOnce
    }

    /// Runs as they end; whoever stops reading ends them.
    package var all: AsyncStream<Run> {
        let (stream, continuation) = AsyncStream.makeStream(of: Run.self)
        let playing = Task { @concurrent in
            await withTaskGroup(of: Run.self) { group in
                var rest = seeds.makeIterator()
                for _ in 0..<atOnce {
                    if let seed = rest.next() { group.addTask { @concurrent in Run(Story(seed: seed, showing: defect), defect: defect) } }
                }
                for await run in group {
                    continuation.yield(run)
                    guard !Task.isCancelled, let seed = rest.next() else { continue }
                    group.addTask { @concurrent in Run(Story(seed: seed, showing: defect), defect: defect) }
                }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in playing.cancel() }
        return stream
    }
}
