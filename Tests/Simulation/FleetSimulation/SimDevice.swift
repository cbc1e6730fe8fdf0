import Domain

/// A simulated OLT that keeps an account of who asks, and judges it: the evidence of exclusion is taken at the device.
final class SimDevice {
    private unowned let world: World
    let place: Int
    let olt: OLTID
    /// Numbers that have asked and were followed by another.
    private var left: Set<DispatchNumber> = []
    private var current: DispatchNumber?
    /// When the last request left that has arrived.
    private var lastSent: Duration = .zero
    private var underWay = 0

    init(_ world: World, place: Int, olt: OLTID) {
        self.world = world
        self.place = place
        self.olt = olt
    }

    /// A request leaves a worker; `answer` comes with true, or with false when it has been given up.
    func ask(_ number: DispatchNumber, _ task: TaskID, from worker: SimWorker, _ answer: @escaping (Bool) -> Void) {
        var isOver = false
        worker.after(.seconds(5)) {
            guard !isOver else { return }
            isOver = true
            answer(false)
        }
        let isLost = worker.happens(oneIn: 40) || world.weather.silentDevices[place, default: 0] > 0
        let reply = worker.upTo(.milliseconds(50))
        let sentAt = world.now
        world.schedule(after: .milliseconds(1) + worker.upTo(world.weather.deviceDelay)) { [weak self, weak worker] in
            guard let self else { return }
            arrived(number, task, sentAt: sentAt)
            guard !isLost else { return }
            underWay += 1
            if underWay > 1 { world.violated(.i9, "\(olt) has \(underWay) requests under way") }
            world.schedule(after: .milliseconds(1) + reply) { [weak self, weak worker] in
                self?.underWay -= 1
                worker?.receive {
                    guard !isOver else { return }
                    isOver = true
                    answer(true)
                }
            }
        }
    }

    private func arrived(_ number: DispatchNumber, _ task: TaskID, sentAt: Duration) {
        defer { lastSent = sentAt }
        if let at = world.journal.cancelledAt[task], world.now > at + .seconds(3), world.isCalm {
            world.violated(.i20, "\(number) of \(task) asks \(olt) \((world.now - at).inSeconds) after it was cancelled")
        }
        guard number != current else { return }
        if left.contains(number) {
            world.violated(.i7, "\(number) asks \(olt) again after \(current?.description ?? "")")
        } else if let current {
            left.insert(current)
            let gap = sentAt - lastSent
            // Clocks differ by up to half a percent.
            if !world.journal.cleanEnds.contains(current), gap < world.settings.quietGap * 199 / 200 {
                world.violated(.i8, "\(number) asks \(olt) \(gap.inSeconds) after \(current), which did not end clean")
            }
        }
        current = number
        world.write("\(olt) is asked by \(number)")
    }
}
