import Domain
import Synchronization

/// News that have not been looked at: which OLTs, each once.
final class Inbox: Sendable {
    struct News {
        var olts: Set<OLTID> = []
        /// Some may have been missed.
        var isIncomplete = true
    }

    private let news = Mutex(News())

    func put(_ olt: OLTID?) {
        news.withLock { news in
            if let olt { news.olts.insert(olt) } else { news.isIncomplete = true }
        }
    }

    func take() -> News {
        news.withLock { news in
            defer { news = News(olts: [], isIncomplete: false) }
            return news
        }
    }

    /// Whoever leads next compares everything.
    func empty() {
        news.withLock { $0 = News() }
    }
}
