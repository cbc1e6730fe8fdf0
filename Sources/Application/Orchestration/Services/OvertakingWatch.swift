import Domain
import Synchronization

/// The book of overtaken numbers, shared by whoever records outcomes and the reconciler.
final class OvertakingWatch: Sendable {
    private let book: Mutex<OvertakingBook>

    init(overtaking: Int) {
        book = Mutex(OvertakingBook(overtaking: overtaking))
    }

    func left(_ counts: [Lane: Int]) {
        book.withLock { $0.left(counts) }
    }

    var hasLanesToMark: Bool { book.withLock { !$0.lanesToMark.isEmpty } }

    func mark(_ queued: QueuedNumbers) {
        book.withLock { $0.mark(queued) }
    }

    func overtaken() -> [Lane: DispatchNumber] {
        book.withLock { $0.overtaken() }
    }
}
