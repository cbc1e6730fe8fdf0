import APIContract
import Domain
import FaultProxy
import Foundation
import FoundationNetworking
import PrivateServers

/// Redis and PostgreSQL that die, forget or fall silent.
extension FaultRow {
    static let stores: [FaultRow] = [redisRestarted, redisFlushed, redisSilent, postgresKilled, postgresSilent]

    private static let forgetful: FaultShape = {
        var shape = FaultShape()
        shape.recoversKeyed = true
        return shape
    }()

    private static let redisRestarted = FaultRow(
        id: "F27",
        fault: "Redis kill -9, started empty",
        when: "mid walk and load",
        expected: "no second holder: the new Redis answers *busy* for one span",
        measure: "Redis answers again → next task with a key begun; one span of 9 s, deferred tasks return within 30 s",
        target: .seconds(35),
        shape: forgetful
    ) { stage in
        let victim = try await stage.midWalk()
        let second = try await stage.behind()
        try await stage.checkMemory()
        await stage.servers.redis.kill()
        try await stage.servers.redis.start()
        await stage.healed()
        try await stage.judgeForgotten(victim, second)
    }

    private static let redisFlushed = FaultRow(
        id: "F28",
        fault: "FLUSHALL",
        when: "mid walk and load",
        expected: "as F27",
        measure: "FLUSHALL → next task with a key begun; one span of 9 s, deferred tasks return within 30 s",
        target: .seconds(35),
        shape: forgetful
    ) { stage in
        let victim = try await stage.midWalk()
        let second = try await stage.behind()
        try await stage.checkMemory()
        _ = try await stage.servers.redisCommand("FLUSHALL")
        await stage.healed()
        try await stage.judgeForgotten(victim, second)
    }

    private static let redisSilent = FaultRow(
        id: "F30",
        fault: "Redis black hole 20 s, then 2 s late for 15 s",
        when: "mid walk and load",
        expected: "plain tasks go on; keyed ones wait; the walk stops before its lease ends",
        measure: "healed → the walk's task begins again or has ended; deferred for at most 30 s",
        target: .seconds(35),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.redis]
            return shape
        }()
    ) { stage in
        let victim = try await stage.midWalk()
        let members = await stage.fleet.orchestrators + stage.fleet.workers
        for member in members { member.redis?.set(.blackhole) }
        let dark = TimeSource.now
        try await stage.pause(.seconds(20))
        let lastSent = try await stage.spans(0).last.flatMap { Timestamp($0.last) } ?? dark
        for member in members { member.redis?.set(Toxics(latency: .seconds(2)), .down) }
        for member in members { member.redis?.set(.pass, .up) }
        try await stage.pause(.seconds(15))
        let plain = try await stage.load.send([TaskDraft(kind: "noop")], isKeyed: false)
        let early = try await stage.ended(plain[0], within: .seconds(10))
        await stage.check("I26", "a plain task meanwhile: \(early.state)", good: early.state == "succeeded")
        for member in members { member.redis?.heal() }
        await stage.healed()
        let healed = TimeSource.now
        // Nothing leaves within 7 s of the end of a lease that could not be renewed.
        let sent = lastSent - dark
        await stage.check("I7", "last request \(max(.zero, sent).seconds) s into the silence", good: sent <= .seconds(4))
        let task = try await stage.ended(victim.task, within: .seconds(90))
        let begun = task.runs.last?.startedAt.flatMap { Timestamp($0) } ?? healed
        await stage.recovered(in: max(.zero, begun - healed))
        let ends = task.runs.count { $0.outcome == "succeeded" }
        await stage.check("I2", "the walk: \(task.state), runs \(task.runs.map(\.outcome).joined(separator: ", "))", good: ends == 1)
    }

    private static let postgresKilled = FaultRow(
        id: "F33",
        fault: "PostgreSQL kill -9, started after 8 s",
        when: "mid walk and load",
        expected: "503 with Retry-After meanwhile, outcomes wait in the broker, nothing accepted is lost",
        measure: "PostgreSQL answers again → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        let victim = try await stage.midWalk()
        await stage.servers.postgres.kill()
        try await stage.pause(.seconds(4))
        let answer = try await stage.rawSubmit()
        await stage.check(
            "503",
            "answered \(answer.status), Retry-After \(answer.retryAfter ?? "missing")",
            good: answer.status == 503 && answer.retryAfter != nil
        )
        try await stage.pause(.seconds(4))
        try await stage.servers.postgres.start()
        await stage.healed()
        try await stage.judgeSurvivor(victim)
    }

    private static let postgresSilent = FaultRow(
        id: "F34",
        fault: "PostgreSQL black hole: answers only for 10 s, then both ways for 20 s",
        when: "commits under way, mid walk and load",
        expected: "commits whose answer is missing are found out by ids; nothing is admitted or ended twice",
        measure: "healed → first success",
        target: .seconds(5),
        shape: {
            var shape = FaultShape()
            shape.proxied = [.postgres]
            return shape
        }()
    ) { stage in
        let victim = try await stage.midWalk()
        let members = await stage.fleet.orchestrators
        let began = ContinuousClock.now
        for member in members { member.postgres?.set(.blackhole, .down) }
        try await stage.pause(.seconds(10))
        for member in members { member.postgres?.set(.blackhole) }
        try await stage.pause(.seconds(20))
        for member in members { member.postgres?.heal() }
        await stage.healed()
        let (_, count, failed) = try await stage.load.slowest(from: began, to: .now)
        await stage.check("I26", "\(failed) of \(count) requests without a good answer", good: failed > 0)
        try await stage.judgeSurvivor(victim)
    }
}

extension FaultStage {
    /// Redis has something to forget.
    func checkMemory() async throws {
        let keys = try await servers.redisCommand("DBSIZE").trimmingCharacters(in: .whitespacesAndNewlines)
        check("I26", "\(keys) keys in Redis before", good: (Int(keys) ?? 0) > 0)
    }

    /// After Redis forgot all leases: the walk ended once, the one behind it came later.
    func judgeForgotten(_ victim: Victim, _ second: String?) async throws {
        try await judgeSurvivor(victim)
        guard let second else { return problem("nothing was accepted behind the walk") }
        let task = try await ended(second, within: .seconds(120))
        check("I26", "the one behind it: \(task.state)", good: task.state == "succeeded")
    }

    /// One task by a plain request, whose status and header are looked at.
    func rawSubmit() async throws -> (status: Int, retryAfter: String?) {
        guard let url = URL(string: await fleet.orchestrators[0].url + APIPath.tasks) else { return (0, nil) }
        var request = URLRequest(url: url, timeoutInterval: 20)
        request.httpMethod = "POST"
        request.httpBody = Data(#"{"kind":"noop"}"#.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (_, response) = try await URLSession.shared.answer(to: request)
        let answer = response as? HTTPURLResponse
        return (answer?.statusCode ?? 0, answer?.value(forHTTPHeaderField: "Retry-After"))
    }
}
