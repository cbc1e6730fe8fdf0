package import Domain
import Synchronization

/// State hashes in memory.
package final class MemoryStateHashes: StateHashes {
    private let kept = Mutex<[OLTID: StateHash]>([:])

    package init() {}

    package func hashes(of olts: [OLTID]) async throws(LeaseStoreError) -> [OLTID: StateHash] {
        kept.withLock { kept in
            var found: [OLTID: StateHash] = [:]
            for olt in olts { found[olt] = kept[olt] }
            return found
        }
    }

    package func all() async throws(LeaseStoreError) -> [OLTID: StateHash] { kept.withLock { $0 } }

    package func keep(_ hashes: [OLTID: StateHash]) async throws(LeaseStoreError) {
        kept.withLock { $0.merge(hashes) { _, new in new } }
    }

    package func forget(_ olts: [OLTID]) async throws(LeaseStoreError) {
        kept.withLock { kept in
            for olt in olts { kept[olt] = nil }
        }
    }
}
