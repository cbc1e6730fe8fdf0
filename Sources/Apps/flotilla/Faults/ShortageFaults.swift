import APIContract
import Domain
import FaultProxy
import Foundation
import PrivateServers

/// A Redis that is older or full, and a PostgreSQL whose rows others hold.
extension FaultRow {
    static let shortages: [FaultRow] = [failedOver, redisFull, rowsHeld]

    private static let failedOver = FaultRow(
        id: "F29",
        fault: "Redis fails over to a copy without its last writes (the proxies lead to another server with an older snapshot)",
        when: "mid walk, whose grant the copy never saw, and load",
        expected: "as F27",
        measure: "failed over → next task with a key begun; one span of 9 s, deferred tasks return within 30 s",
        target: .seconds(35),
        shape: {
            var shape = FaultShape()
            shape.recoversKeyed = true
            shape.proxied = [.redis]
            return shape
        }()
    ) { stage in
        let (copy, before) = try await stage.copyOfRedis()
        let victim = try await stage.midWalk()
        let second = try await stage.behind()
        let now = try await stage.servers.redisCommand("DBSIZE").trimmingCharacters(in: .whitespacesAndNewlines)
        try await copy.start()
        for member in await stage.fleet.orchestrators + stage.fleet.workers { member.redis?.failOver(to: copy.port) }
        await stage.healed()
        await stage.check("I26", "\(now) keys in Redis, \(before) in the copy", good: before != now)
        try await stage.judgeForgotten(victim, second)
    }

    private static let redisFull = FaultRow(
        id: "F32",
        fault: "Redis out of memory (maxmemory below what it uses, noeviction), 20 s",
        when: "mid walk and load",
        expected: "as an absent Redis: plain tasks go on, keyed ones wait, the walk stops before its lease ends; no key is evicted",
        measure: "memory back → the walk's task begins again or has ended; deferred for at most 30 s",
        target: .seconds(35),
        shape: FaultShape()
    ) { stage in
        let victim = try await stage.midWalk()
        let keys = try await stage.leaseKeys()
        _ = try await stage.servers.redisCommand("CONFIG", "SET", "maxmemory", "1")
        let full = TimeSource.now
        try await FaultWait.until("readiness tells it", within: .seconds(10), poll: .milliseconds(100)) {
            await FaultFleet.health(stage.fleet.orchestrators[0])?.parts.contains { !$0.ok } ?? false
        }
        let noticed = TimeSource.now - full
        // Dispatch asks twice a second.
        try await stage.pause(.seconds(1))
        let keyed = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(1))])
        let waiting = try await stage.load.send([keyed], isKeyed: true)
        try await stage.pause(.seconds(12))
        let plain = try await stage.load.send([TaskDraft(kind: "noop")], isKeyed: false)
        let early = try await stage.ended(plain[0], within: .seconds(10))
        let kept = try await stage.task(waiting[0])
        try await stage.pause(max(.zero, .seconds(20) - (TimeSource.now - full)))
        let lastSent = try await stage.spans(0).last.flatMap { Timestamp($0.last) } ?? full
        let held = try await stage.leaseKeys()
        _ = try await stage.servers.redisCommand("CONFIG", "SET", "maxmemory", "0")
        await stage.healed()
        let healed = TimeSource.now
        await stage.check("I26", "not ready \(noticed.seconds) s after it was full", good: noticed <= .seconds(5))
        await stage.check("I26", "a plain task meanwhile: \(early.state)", good: early.state == "succeeded")
        let reason = kept.waitingBecause ?? "no reason given"
        await stage.check("I26", "a keyed one: \(kept.state), \(reason)", good: ["waiting", "blocked"].contains(kept.state))
        let sent = lastSent - full
        await stage.check("I7", "last request \(max(.zero, sent).seconds) s after it was full", good: sent <= .seconds(4))
        let evicted = try await stage.evictedKeys()
        await stage.check("I7", "\(keys) lease keys before, \(held) after, \(evicted) evicted", good: held >= keys && evicted == 0)
        let task = try await stage.ended(victim.task, within: .seconds(90))
        let begun = task.runs.last?.startedAt.flatMap { Timestamp($0) } ?? healed
        await stage.recovered(in: max(.zero, begun - healed))
        let ends = task.runs.count { $0.outcome == "succeeded" }
        await stage.check("I2", "the walk: \(task.state), runs \(task.runs.map(\.outcome).joined(separator: ", "))", good: ends == 1)
    }

    private static let rowsHeld = FaultRow(
        id: "F37",
        fault: "a hostile session holds all rows of tasks and exclusions and all keys' locks for 35 s, then others make deadlocks",
        when: "mid walk and load; our statements end after 30 s, and the server gives up our side of each deadlock",
        expected: "what was given up is done again; nothing is lost or recorded twice",
        measure: "last lock given back → first success",
        target: .seconds(5),
        shape: FaultShape()
    ) { stage in
        let victim = try await stage.midWalk()
        let began = ContinuousClock.now
        try await stage.servers.hostile(
            """
            set deadlock_timeout = '5min';
            begin;
            select count(*) from (select id from tasks order by id for update) as held;
            select count(*) from (select key from exclusions for update) as held;
            select count(pg_advisory_xact_lock(hashtextextended('olt:' || id, 0))) from olts;
            select pg_sleep(35);
            commit
            """
        )
        let (_, count, failed) = try await stage.load.slowest(from: began, to: .now)
        await stage.check("I26", "\(failed) of \(count) requests without a good answer while all was held", good: count > 0)
        let gaveUp = await stage.fleet.lines("PostgreSQL is away", "57014")
        await stage.check("I26", "\(gaveUp) waits of ours ended by the server", good: gaveUp > 0)
        let before = try await stage.deadlocks()
        var made = 0
        for _ in 0..<10 where made < 3 {
            let ids = try await stage.takeSlots(sleeping: 2_500).map { "'\($0)'" }.joined(separator: ",")
            // Takes the later half, waits until one of ours that holds earlier rows wants them, then wants those.
            try await stage.servers.hostile(
                """
                set deadlock_timeout = '5min';
                begin;
                select id from tasks where id in (\(ids)) order by id desc limit 8 for update;
                do $$ begin
                    for turn in 1..500 loop
                        perform 1 from pg_locks where not granted;
                        exit when found;
                        perform pg_sleep(0.01);
                    end loop;
                end $$;
                select id from tasks where id in (\(ids)) order by id for update;
                commit
                """
            )
            try await stage.pause(.seconds(1))
            made = try await stage.deadlocks() - before
        }
        await stage.healed()
        await stage.check("I26", "\(made) deadlocks, given up on our side", good: made > 0)
        try await stage.judgeSurvivor(victim)
    }
}

extension FaultServers {
    /// Runs statements in a session of the superuser, who waits longer for a deadlock to end than anybody else.
    func hostile(_ sql: String) async throws {
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", postgres.superuserURL, "-c", sql]
        _ = try await Run.output(of: ChildProcess.Command("psql", arguments), in: folder)
    }
}

extension FaultStage {
    /// A server that knows what Redis knows now, not started yet, and how many keys that are.
    func copyOfRedis() async throws -> (PrivateRedis, keys: String) {
        let keys = try await servers.redisCommand("DBSIZE").trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try await servers.redisCommand("SAVE")
        let place = try await servers.redisCommand("CONFIG", "GET", "dir").split(separator: "\n").last.map(String.init) ?? ""
        let folder = try ScratchFolder("faults-redis")
        try FileManager.default.copyItem(atPath: "\(place)/dump.rdb", toPath: folder.file("dump.rdb"))
        let copy = try PrivateRedis(folder: folder)
        further.append(copy)
        return (copy, keys)
    }

    func leaseKeys() async throws -> Int {
        try await servers.redisCommand("--scan", "--pattern", "flotilla:lease:*").split(separator: "\n").count
    }

    func evictedKeys() async throws -> Int {
        let lines = try await servers.redisCommand("INFO", "stats").split(whereSeparator: \.isNewline)
        return lines.first { $0.hasPrefix("evicted_keys:") }.flatMap { Int($0.dropFirst("evicted_keys:".count)) } ?? -1
    }

    /// Transactions that the server gave up because of a deadlock.
    func deadlocks() async throws -> Int {
        try await servers.count("select deadlocks from pg_stat_database where datname = current_database()")
    }
}
