internal import Synchronization

/// The `run_id` of the server that the newest connection talks to.
///
/// Written before the connection's number is counted up: whoever reads the number first never gets an older `run_id` with it.
final class ServerRun: Sendable {
    private let known = Mutex("")

    var id: String { known.withLock { $0 } }

    func note(_ id: String) { known.withLock { $0 = id } }
}
