/// Outcomes that wait for a message: what collected while the last one was being confirmed leaves as the next one.
///
/// An idle queue sends at once; a second message leaves before the first is confirmed only when it is full.
struct ReportQueue: Sendable {
    private let settings: WorkerSettings.Report
    private var items: [Report] = []
    private var head = 0
    private var bytes = 0
    private var messagesOut = 0

    init(settings: WorkerSettings.Report) {
        self.settings = settings
    }

    var count: Int { items.count - head }
    var isIdle: Bool { count == 0 && messagesOut == 0 }

    mutating func add(_ report: Report) {
        items.append(report)
        bytes += report.weight
    }

    /// The next message, which counts as being out until `confirmed`; `nil`: it is better to wait.
    mutating func next() -> [Report]? {
        let isFull = count >= settings.batchMax || bytes >= settings.batchBytesMax
        guard count > 0, messagesOut == 0 || (isFull && messagesOut < settings.messagesAtOnce) else { return nil }
        var end = head
        var weight = 0
        while end < items.count, end - head < settings.batchMax {
            guard end == head || weight + items[end].weight <= settings.batchBytesMax else { break }
            weight += items[end].weight
            end += 1
        }
        let batch = Array(items[head..<end])
        head = end
        bytes -= weight
        messagesOut += 1
        if head == items.count || head >= 1024 {
            items.removeFirst(head)
            head = 0
        }
        return batch
    }

    /// A message has been confirmed.
    mutating func confirmed() {
        precondition(messagesOut > 0, "a message is confirmed once")
        messagesOut -= 1
    }
}
