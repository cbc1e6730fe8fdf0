/// Makes a story that fails smaller while it still fails in the same way.
package struct Shrinker {
    /// Stories that are tried at most.
    package let triesMax: Int
    private let defect: Defect?

    package init(defect: Defect? = nil, triesMax: Int = 400) {
        self.defect = defect
        self.triesMax = triesMax
    }

    /// - Returns: the smallest story that was found, and how it fails.
    package func shrink(_ run: Run) -> Run {
        guard let invariant = run.violations.first?.invariant else { return run }
        var best = run
        var tries = 0
        var isSmaller = true
        while isSmaller, tries < triesMax {
            isSmaller = false
            for candidate in candidates(of: best.story) where tries < triesMax {
                tries += 1
                let next = Run(candidate, defect: defect)
                guard next.violations.contains(where: { $0.invariant == invariant }) else { continue }
                best = next
                isSmaller = true
                break
            }
        }
        return best
    }

    /// Stories with less in them, the boldest cuts first.
    private func candidates(of story: Story) -> [Story] {
        var candidates: [Story] = []
        for share in [2, 4, 8] where story.jobs.count >= share {
            for part in 0..<share {
                var smaller = story
                let (low, high) = (story.jobs.count * part / share, story.jobs.count * (part + 1) / share)
                smaller.jobs.removeSubrange(low..<high)
                candidates.append(smaller)
            }
        }
        for place in story.turns.indices {
            var smaller = story
            smaller.turns.remove(at: place)
            candidates.append(smaller)
        }
        for place in story.jobs.indices where story.jobs.count <= 24 {
            var smaller = story
            smaller.jobs.remove(at: place)
            candidates.append(smaller)
        }
        if story.orchestrators > 1 {
            var smaller = story
            smaller.orchestrators -= 1
            candidates.append(smaller)
        }
        if story.workers > 1 {
            var smaller = story
            smaller.workers -= 1
            candidates.append(smaller)
        }
        return candidates.filter { !$0.jobs.isEmpty }
    }
}
