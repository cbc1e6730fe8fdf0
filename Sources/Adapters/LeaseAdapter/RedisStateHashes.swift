package import Domain
import Redis

/// What the coordinator last acted on, in Redis beside the leases: sixteen hashes by OLT, so that no answer is long.
package struct RedisStateHashes: StateHashes {
    private static let shards: Int64 = 16

    private let store: RedisLeaseStore

    /// Uses the store's connection.
    package init(_ store: RedisLeaseStore) {
        self.store = store
    }

    package func hashes(of olts: [OLTID]) async throws(LeaseStoreError) -> [OLTID: StateHash] {
        var found: [OLTID: StateHash] = [:]
        for (shard, olts) in Self.sharded(olts) {
            let reply = try await command("HMGET", [RedisArgument(Self.name(shard))] + olts.map { RedisArgument($0.value) })
            guard let values = reply.array, values.count == olts.count else { throw Self.odd("HMGET", reply) }
            for (olt, value) in zip(olts, values) {
                if let bytes = value.bytes { found[olt] = StateHash(bytes: bytes) }
            }
        }
        return found
    }

    package func all() async throws(LeaseStoreError) -> [OLTID: StateHash] {
        var found: [OLTID: StateHash] = [:]
        for shard in 0..<Self.shards {
            let reply = try await command("HGETALL", [RedisArgument(Self.name(shard))])
            guard let values = reply.array, values.count.isMultiple(of: 2) else { throw Self.odd("HGETALL", reply) }
            for place in stride(from: 0, to: values.count, by: 2) {
                guard let olt = values[place].integer, let bytes = values[place + 1].bytes else { continue }
                found[OLTID(olt)] = StateHash(bytes: bytes)
            }
        }
        return found
    }

    package func keep(_ hashes: [OLTID: StateHash]) async throws(LeaseStoreError) {
        for (shard, olts) in Self.sharded(Array(hashes.keys)) {
            let pairs = olts.flatMap { olt in [RedisArgument(olt.value), RedisArgument(hashes[olt]?.bytes ?? [])] }
            _ = try await command("HSET", [RedisArgument(Self.name(shard))] + pairs)
        }
    }

    package func forget(_ olts: [OLTID]) async throws(LeaseStoreError) {
        for (shard, olts) in Self.sharded(olts) {
            _ = try await command("HDEL", [RedisArgument(Self.name(shard))] + olts.map { RedisArgument($0.value) })
        }
    }

    private static func name(_ shard: Int64) -> String { "flotilla:coordinator:states:\(shard)" }

    private static func sharded(_ olts: [OLTID]) -> [Int64: [OLTID]] {
        Dictionary(grouping: olts) { (($0.value % shards) + shards) % shards }
    }

    private static func odd(_ operation: String, _ reply: RedisValue) -> LeaseStoreError {
        .refused(operation: operation, message: "it answered \(reply)")
    }

    private func command(_ operation: String, _ arguments: [RedisArgument]) async throws(LeaseStoreError) -> RedisValue {
        do throws(RedisError) {
            return try await store.client.command([RedisArgument(operation)] + arguments, timeout: store.settings.answerLimit)
        } catch {
            switch error {
            case .server(let message): throw .refused(operation: operation, message: message)
            default: throw .silent(operation: operation, reason: error.description)
            }
        }
    }
}
