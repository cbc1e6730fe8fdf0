import Domain

/// What happened in a run, as far as a check or a reader wants to know.
package struct Journal {
    /// Something that a run should meet now and then, or it proves little.
    package enum Sight: String, CaseIterable, Hashable, Sendable {
        case submittedTwice = "drafts that came twice"
        case redelivered = "deliveries that came again"
        case seen = "numbers met before"
        case deferred = "deferrals"
        case handedBack = "deliveries handed back"
        case stale = "outcomes refused as stale"
        case rescued = "lost runs charged"
        case watched = "watches"
        case republished = "published again"
        case returned = "published to no queue"
        case refused = "refused by a full queue"
        case reconciled = "numbers given up after a loss"
        case cutOff = "runs cut off"
        case leaseLost = "leases lost"
        case barred = "answers by a barrier"
        case notCommitted = "commits that failed"
        case unknownCommit = "commits without an answer"
        case reconnected = "connections made again"
        case workerLost = "workers called lost"
        case cancelled = "runs cancelled"
        case expired = "tasks expired"
        case poison = "messages given up by the broker"
        case letterRetried = "letters tried again"
        case aged = "tasks raised by waiting"
        case recalled = "numbers called back"
        case suspects = "suspect deliveries"
        case overtaken = "lanes looked at for overtaking"
        case tookOver = "leaders"
        case deposed = "writes refused under an old term"
        case counted = "numbers counted for quotas"
        case violated = "violations of quotas"
        case suspended = "OLTs suspended for failing"
    }

    package private(set) var sights: [Sight: Int] = [:]
    package private(set) var violations: [Violation] = []
    /// Lines for a reader, when somebody reads.
    package private(set) var lines: [String] = []
    let isRead: Bool

    /// Tasks that somebody was promised.
    var accepted: Set<TaskID> = []
    /// Terminal transitions of each task.
    var ends: [TaskID: Int] = [:]
    /// The run whose outcome took its number off the row; `nil`: nobody's.
    var endedBy: [DispatchNumber: RunToken?] = [:]
    /// Successes whose run held its lease to its end, and was kept from nothing until its outcome was confirmed.
    var good: Set<RunToken> = []
    /// Who was granted a number.
    var granted: [DispatchNumber: RunToken] = [:]
    /// The largest number that was granted of each key.
    var highest: [ExclusionKey: DispatchNumber] = [:]
    /// Numbers whose lease was given back with nothing under way.
    var cleanEnds: Set<DispatchNumber> = []
    /// When the orchestrators decided that a number's run shall stop, as far as nothing kept them from saying it.
    var cancelledAt: [TaskID: Duration] = [:]
    /// Tasks whose ending somebody wished.
    var wished: Set<TaskID> = []
    /// New tasks made from letters.
    var retries = 0
    /// Who became the leader under which term.
    var leaders: [Term: String] = [:]
    /// What tasks were to the coordinator.
    var planned: [TaskID: PlanReference] = [:]
    /// When the last thing broke or was mended.
    var brokenUntil: Duration = .zero
    /// Until when a run may lose its lease without its own fault.
    var leasesDisturbedUntil: Duration = .zero
    /// Redis has forgotten at some time.
    var hasForgotten = false
    /// The broker has lost messages at some time.
    var hasLostMessages = false

    init(isRead: Bool) {
        self.isRead = isRead
    }

    mutating func saw(_ sight: Sight, _ count: Int = 1) {
        if count > 0 { sights[sight, default: 0] += count }
    }

    mutating func violated(_ invariant: Invariant, at time: Duration, _ what: String) {
        guard violations.count < 20 else { return }
        violations.append(Violation(invariant: invariant, at: time, what: what))
        write("!!! \(invariant.rawValue): \(what)", at: time)
    }

    mutating func write(_ line: String, at time: Duration) {
        if isRead { lines.append("\(time.inSeconds)  \(line)") }
    }
}
