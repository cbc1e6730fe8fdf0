import Domain
import FaultProxy
import Foundation
import PrivateServers

/// Does to a fleet what the plan says, and heals it.
struct SoakFaults: Sendable {
    let stage: FaultStage
    var dice: SoakDice

    /// Returns when the fault is over and what was ended runs again.
    mutating func play(_ turn: SoakPlan.Turn) async throws {
        let (stage, lasts) = (stage, turn.lasts)
        let workers = await stage.fleet.workers.dropFirst()
        let orchestrators = await stage.fleet.orchestrators
        guard let worker = workers.randomElement(using: &dice), let steady = orchestrators.first, let other = orchestrators.last,
            let any = orchestrators.randomElement(using: &dice)
        else { throw CommandError(.failed, "nobody is left to hurt") }
        switch turn.fault {
        case .workerKilled:
            await stage.fleet.kill(worker)
            try await stage.pause(lasts)
            try await stage.fleet.startAgain(worker)
        case .orchestratorKilled:
            await stage.fleet.kill(other)
            try await stage.pause(lasts)
            try await stage.fleet.startAgain(other)
        case .workerFrozen: try await freeze(worker, lasts)
        case .orchestratorFrozen: try await freeze(steady, lasts)
        case .brokerRestarted: try await stage.servers.rabbitMQ.restart()
        case .brokerKilled:
            await stage.servers.rabbitMQ.kill()
            try await stage.pause(lasts / 2)
            try await stage.servers.rabbitMQ.start()
        case .redisKilled:
            await stage.servers.redis.kill()
            try await stage.pause(lasts / 2)
            try await stage.servers.redis.start()
        case .redisFlushed: _ = try await stage.servers.redisCommand("FLUSHALL")
        case .postgresKilled:
            await stage.servers.postgres.kill()
            try await stage.pause(lasts / 2)
            try await stage.servers.postgres.start()
        case .workerCutFromBroker: try await cut([worker.broker], lasts)
        case .orchestratorCutFromBroker: try await cut([any.broker], lasts)
        case .orchestratorCutFromPostgres: try await cut([any.postgres], lasts)
        case .allCutFromRedis: try await cut(await (stage.fleet.workers + orchestrators).map(\.redis), lasts)
        case .connectionsReset:
            for proxy in [any.broker, any.postgres, any.redis, worker.broker, worker.redis] { proxy?.resetAll() }
        case .bindingRemoved:
            let binding =
                "{binding, rabbit_misc:r(<<\"/\">>, exchange, <<\"flotilla.work\">>), <<\"general.normal\">>, "
                + "rabbit_misc:r(<<\"/\">>, queue, <<\"work.general.normal\">>), []}"
            _ = try await stage.servers.rabbitMQ.control(["eval", "rabbit_binding:remove(\(binding), <<\"somebody\">>)."])
        }
    }

    private func freeze(_ member: FaultFleet.Member, _ lasts: Duration) async throws {
        member.process.signal(.stop)
        try await stage.pause(lasts)
        member.process.signal(.resume)
    }

    private func cut(_ proxies: [TCPProxy?], _ lasts: Duration) async throws {
        for proxy in proxies { proxy?.set(.blackhole) }
        try await stage.pause(lasts)
        for proxy in proxies { proxy?.heal() }
    }
}

extension FaultFleet {
    /// Starts one that was killed again: the same program with the same settings, behind the same proxies.
    func startAgain(_ old: Member) async throws {
        let process = ChildProcess(old.process.command)
        try process.start()
        let member = Member(
            name: old.name,
            process: process,
            url: old.url,
            broker: old.broker,
            redis: old.redis,
            postgres: old.postgres
        )
        guard !old.url.isEmpty else { return add(worker: member) }
        try await add(orchestrator: member)
    }
}
