package import Domain
package import Redis

/// Leases in one Redis server, by the five scripts.
package struct RedisLeaseStore: LeaseStore {
    package struct Settings: Hashable, Sendable {
        /// An answer that takes longer counts as none.
        package var answerWithin: Duration = .seconds(1)
        /// How long the holder after an unclean end keeps quiet before its first request.
        package var quietGap: Duration = .seconds(7)

        package init() {}
    }

    private let client: RedisClient
    private let settings: Settings

    package init(client: RedisClient, settings: Settings = Settings()) {
        self.client = client
        self.settings = settings
    }

    package func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        span: Duration
    ) async throws(LeaseStoreError) -> TakeAnswer {
        let answer = try await ask(LeaseScripts.take, key, number, run, [span.microseconds, settings.quietGap.microseconds])
        switch answer.word {
        case "granted": return .granted(quietGap: try answer.span(1))
        case "mine": return .mine(quietGap: try answer.span(1))
        case "busy": return .busy(for: try answer.span(1))
        default: return .seen(try answer.seen())
        }
    }

    package func renew(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        span: Duration
    ) async throws(LeaseStoreError) -> RenewAnswer {
        try await ask(LeaseScripts.renew, key, number, run, [span.microseconds]).word == "renewed" ? .renewed : .lost
    }

    package func release(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        clean: Bool
    ) async throws(LeaseStoreError) -> ReleaseAnswer {
        try await ask(LeaseScripts.release, key, number, run, [clean ? 1 : 0]).word == "released" ? .released : .notHeld
    }

    package func hand(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> HandAnswer {
        let answer = try await ask(LeaseScripts.hand, key, number, nil, [])
        return answer.word == "deferred" ? .deferred : .seen(try answer.seen())
    }

    package func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(LeaseStoreError) -> VoidAnswer {
        let answer = try await ask(LeaseScripts.void, key, number, nil, [])
        return answer.word == "held" ? .held(for: try answer.span(1)) : .void(wasGranted: try answer.whole(1) == 1)
    }

    /// The hash of a key; the tag in braces keeps everything of a key in one slot of a cluster.
    private static func place(of key: ExclusionKey) -> String { "flotilla:lease:{\(key.text)}" }

    private func ask(
        _ script: RedisScript,
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        _ run: RunToken?,
        _ rest: [Int64]
    ) async throws(LeaseStoreError) -> ScriptAnswer {
        let arguments = [RedisArgument("\(number.value)"), RedisArgument(run?.description ?? "")] + rest.map { RedisArgument("\($0)") }
        do throws(RedisError) {
            let value = try await client.evaluate(
                script,
                keys: [Self.place(of: key)],
                arguments: arguments,
                timeout: settings.answerWithin
            )
            return try ScriptAnswer(value, of: script.name)
        } catch {
            throw LeaseStoreError(error, during: script.name)
        }
    }
}
