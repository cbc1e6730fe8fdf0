import APIContract
import Foundation
import PrivateServers
import TestSupport

/// A running fleet, from outside: where it is, and what its users do with it.
struct Fleet: Sendable {
    let url: String
    let brokerURL: String
    let redisURL: String
    let postgresURL: String
    let api: HTTPAPI

    init(url: String, brokerURL: String, redisURL: String, postgresURL: String) {
        self.url = url
        self.brokerURL = brokerURL
        self.redisURL = redisURL
        self.postgresURL = postgresURL
        api = HTTPAPI(url)
    }

    /// What a user of this fleet has in the environment.
    var environment: [String: String] {
        Programs.environment.merging(
            [
                "FLOTILLA_URL": url, "FLOTILLA_BROKER_URL": brokerURL, "FLOTILLA_REDIS_URL": redisURL,
                "FLOTILLA_POSTGRES_URL": postgresURL,
            ]
        ) { _, own in own }
    }

    /// Runs `flotilla` with these words; any end is an answer.
    func cli(_ words: String..., within limit: Duration = .seconds(30)) async throws -> Finished {
        try await cli(words, within: limit)
    }

    func cli(_ words: [String], within limit: Duration = .seconds(30)) async throws -> Finished {
        try await Finished.run(Programs.path("flotilla"), words, environment: environment, within: limit)
    }

    /// Runs `flotilla … --json`, which must succeed, and reads what it wrote.
    func cliJSON<Shape: Decodable>(
        _ words: String...,
        as shape: Shape.Type = Shape.self,
        within limit: Duration = .seconds(30)
    ) async throws -> Shape {
        let finished = try await Finished.run(
            Programs.path("flotilla"),
            words + ["--json"],
            environment: environment,
            within: limit
        )
        guard finished.status == .code(0) else { throw NotAsExpected("flotilla \(words.joined(separator: " ")): \(finished)") }
        return try finished.decoded(as: shape)
    }
}

extension Fleet {
    /// Submits a draft over HTTP, which must be admitted; returns the id.
    func submit(_ draft: String) async throws -> String {
        let reply = try await api.post(APIPath.tasks, draft)
        guard reply.status == 202 else { throw NotAsExpected("\(draft): \(reply)") }
        return try reply.decoded(as: ReceiptShape.self).id
    }

    /// Submits drafts as one batch, which must be admitted whole; returns the ids in order.
    func submitBatch(_ drafts: [String]) async throws -> [String] {
        let reply = try await api.post(APIPath.tasksBatch, #"{"tasks":[\#(drafts.joined(separator: ","))]}"#)
        guard reply.status == 202 else { throw NotAsExpected("\(reply)") }
        let batch = try reply.decoded(as: BatchShape.self)
        guard batch.admitted == drafts.count else { throw NotAsExpected("admitted \(batch.admitted) of \(drafts.count)") }
        return batch.entries.compactMap(\.receipt?.id)
    }

    func task(_ id: String) async throws -> TaskShape {
        try await api.get(APIPath.task(id))
    }

    /// Waits until the task is in a terminal state.
    func ended(_ id: String, within limit: Duration = .seconds(30)) async throws -> TaskShape {
        try await eventually("the end of task \(id)", within: limit, poll: .milliseconds(50)) {
            let task = try await task(id)
            guard ["succeeded", "dead", "cancelled", "expired"].contains(task.state) else {
                throw NotAsExpected("it is \(task.state), attempt \(task.attempt), because \(task.waitingBecause ?? "nothing")")
            }
            return task
        }
    }

    /// Waits until a worker has said that it runs the task; returns the worker.
    func runner(of id: String, within limit: Duration = .seconds(20)) async throws -> WorkerShape {
        try await eventually("task \(id) runs", within: limit, poll: .milliseconds(50)) {
            let task = try await task(id)
            guard task.startedAt != nil, let name = task.worker else { return nil }
            return try await workers().first { $0.id == name }
        }
    }

    func workers() async throws -> [WorkerShape] {
        try await api.get(APIPath.workers, as: Listing<WorkerShape>.self).items
    }

    /// How many tasks are in each state.
    func states() async throws -> [String: Int] {
        try await api.get(APIPath.states)
    }

    /// The letter of a task.
    func letter(of task: String, within limit: Duration = .seconds(10)) async throws -> LetterShape {
        try await eventually("the letter of task \(task)", within: limit) {
            try await api.get("\(APIPath.deadLetters)?limit=200", as: Listing<LetterShape>.self).items.first { $0.task == task }
        }
    }

    /// Enters an OLT at a simulated address.
    @discardableResult
    func enter(_ name: String, at address: String, _ simulator: OLTSim, profile: String, community: String = "public") async throws
        -> OLTShape
    {
        try await cliJSON(
            "olt",
            "add",
            name,
            address,
            "--port",
            "\(simulator.port)",
            "--profile",
            profile,
            "--community",
            community,
            "--pdus-per-second",
            "1000"
        )
    }
}
