/// Devices that wait until the process may have one more request under way, in the order they came.
///
/// A device that no longer waits is skipped when its turn comes.
struct SlotQueue {
    private var order: [SNMPDevice] = []
    private var head = 0
    private var members: Set<SNMPDevice> = []

    var count: Int { members.count }

    mutating func append(_ device: SNMPDevice) {
        if members.insert(device).inserted { order.append(device) }
    }

    mutating func remove(_ device: SNMPDevice) {
        members.remove(device)
    }

    mutating func popFirst() -> SNMPDevice? {
        while head < order.count {
            let device = order[head]
            head += 1
            if head > 1024, head * 2 > order.count {
                order.removeFirst(head)
                head = 0
            }
            if members.remove(device) != nil { return device }
        }
        order.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }
}
