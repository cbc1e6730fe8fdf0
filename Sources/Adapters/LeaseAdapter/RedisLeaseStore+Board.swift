package import Domain
import Logging
import Redis

extension RedisLeaseStore: LeaseBoard {
    /// Keys that the server looks at in one slice; it answers others between two slices.
    private static let sliceMax = 512

    package func leases(containing text: String?, limit: Int, cursor: String?) async throws(LeaseStoreError) -> Page<StandingLease> {
        let pattern = Self.namePrefix + "{" + (text.map { "*" + Self.literal($0) } ?? "") + "*}"
        var found: [ExclusionKey: StandingLease] = [:]
        var place = cursor.flatMap { UInt64($0) } ?? 0
        repeat {
            let slice = try await command(
                "SCAN",
                ["SCAN", RedisArgument(place), "MATCH", RedisArgument(pattern), "COUNT", RedisArgument(Self.sliceMax)]
            )
            guard let parts = slice.array, parts.count == 2, let next = parts[0].text.flatMap({ UInt64($0) }), let names = parts[1].array
            else { throw .refused(operation: "SCAN", message: "it answered \(slice)") }
            for lease in try await standing(names.compactMap(\.text)) { found[lease.key] = lease }
            place = next
        } while place != 0 && found.count < limit
        return Page(items: found.values.sorted { $0.key < $1.key }, next: place == 0 ? nil : "\(place)")
    }

    package func lease(_ key: ExclusionKey) async throws(LeaseStoreError) -> StandingLease? {
        let name = Self.name(of: key)
        let read = try await command("HMGET", Self.question(name))
        return try Self.lease(name, read, now: try await serverTime())
    }

    package func bar(_ key: ExclusionKey) async throws(LeaseStoreError) -> BarAnswer {
        try await ask(LeaseScripts.bar, key, ["0"], LeaseReply.bar)
    }

    /// Of these hashes those with a lease that holds now; what is no hash of ours is told in the log and left out.
    private func standing(_ names: [String]) async throws(LeaseStoreError) -> [StandingLease] {
        guard !names.isEmpty else { return [] }
        let now = try await serverTime()
        let answers = await client.commands(names.map(Self.question), timeout: settings.answerLimit)
        var leases: [StandingLease] = []
        for (name, answer) in zip(names, answers) {
            do throws(LeaseStoreError) {
                if let lease = try Self.lease(name, try Self.reply("HMGET", answer), now: now) { leases.append(lease) }
            } catch {
                guard case .refused(_, let message) = error else { throw error }
                logger.warning("a key in Redis is no lease", metadata: ["redis.key": "\(name)", "error": "\(message)"])
            }
        }
        return leases
    }

    private static func question(_ name: String) -> [RedisArgument] {
        ["HMGET", RedisArgument(name), "number", "end", "holder", "since", "barred"]
    }

    private static func lease(_ name: String, _ reply: RedisValue, now: Int64) throws(LeaseStoreError) -> StandingLease? {
        guard let fields = reply.array, fields.count == 5,
            let key = ExclusionKey(stored: String(name.dropFirst(namePrefix.count + 1).dropLast()))
        else { throw .refused(operation: "HMGET", message: "it answered \(reply) for \(name)") }
        guard !fields[0].isNull || !fields[1].isNull else { return nil }
        guard let number = fields[0].integer, let end = fields[1].integer else {
            throw .refused(operation: "HMGET", message: "\(name) has no number in the field \(fields[0].integer == nil ? "number" : "end")")
        }
        guard end > now else { return nil }
        return StandingLease(
            key: key,
            number: DispatchNumber(number),
            holder: fields[2].text.flatMap { $0.isEmpty ? nil : $0 },
            since: fields[3].integer.map { Timestamp(microseconds: $0) },
            until: Timestamp(microseconds: end),
            isBarred: fields[4].text == "1"
        )
    }

    /// µs of the server's clock, which all ends are counted by.
    private func serverTime() async throws(LeaseStoreError) -> Int64 {
        let reply = try await command("TIME", ["TIME"])
        guard let parts = reply.array, parts.count == 2, let seconds = parts[0].integer, let fraction = parts[1].integer else {
            throw .refused(operation: "TIME", message: "it answered \(reply)")
        }
        return seconds * 1_000_000 + fraction
    }

    private func command(_ operation: String, _ arguments: [RedisArgument]) async throws(LeaseStoreError) -> RedisValue {
        let answer: Result<RedisValue, RedisError>
        do throws(RedisError) {
            answer = .success(try await client.command(arguments, timeout: settings.answerLimit))
        } catch {
            answer = .failure(error)
        }
        return try Self.reply(operation, answer)
    }

    private static func reply(_ operation: String, _ answer: Result<RedisValue, RedisError>) throws(LeaseStoreError) -> RedisValue {
        switch answer {
        case .success(let reply): return reply
        case .failure(.server(let message)): throw .refused(operation: operation, message: message)
        case .failure(let error): throw .silent(operation: operation, reason: error.description)
        }
    }

    /// The text with everything escaped that a pattern of `MATCH` would read otherwise.
    private static func literal(_ text: String) -> String {
        text.reduce(into: "") { pattern, character in
            if "*?[]\\^-".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
    }
}
