import SNMP
import Synchronization

/// Pages of a walk as they come in on the SNMP thread, to be read when the walk has ended.
final class PageBasket: Sendable {
    private let content = Mutex<[SNMPRows]>([])

    var pages: [SNMPRows] { content.withLock { $0 } }

    func add(_ page: SNMPRows) {
        content.withLock { $0.append(page) }
    }
}
