package import Domain

/// How many slots a worker offers by default: few for what computes, many for what waits.
package enum SlotPlan {
    /// Slots per class for a machine with `cpus` processors.
    package static func slots(cpus: Int, ioPerCore: Int = 4, networkPerCore: Int = 32) -> [TaskClass: Int] {
        let cpus = max(1, cpus)
        return [
            .cpu: max(1, cpus / 2),
            .memory: max(1, cpus / 4),
            .general: max(2, cpus / 2),
            .io: cpus * ioPerCore,
            .network: cpus * networkPerCore,
        ]
    }
}
