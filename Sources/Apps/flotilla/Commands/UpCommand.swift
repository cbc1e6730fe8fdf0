import ArgumentParser
import Foundation
import UnixSignals

/// `flotilla up`: servers, orchestrator and workers on this machine until Ctrl-C.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start private servers, an orchestrator and workers; Ctrl-C stops them in reverse order."
    )

    @Option(help: "How many workers, 0 to 64.")
    var workers = 2

    @Option(help: "Port of the API and the page; 0 takes a free one.")
    var port = 7070

    @Option(help: "Use this RabbitMQ instead of a private one (amqp://…).")
    var broker: String?

    @Option(help: "Use this Redis instead of a private one (redis://…).")
    var redis: String?

    @Option(help: "Use this PostgreSQL instead of a private one (postgres://…).")
    var postgres: String?

    @Flag(help: "Print one line of JSON with every address when all is up.")
    var json = false

    func validate() throws {
        guard (0...64).contains(workers) else { throw ValidationError("--workers \(workers) is out of range; allowed: 0 to 64") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port \(port) is no port; allowed: 0 to 65535") }
    }

    func run() async throws {
        var options = LocalFleet.Options()
        options.workers = workers
        options.httpPort = port == 0 ? nil : port
        options.brokerURL = broker
        options.redisURL = redis
        options.postgresURL = postgres
        let fleet = try LocalFleet(options) { Terminal.note($0) }
        try await Foreground.run(
            starting: { try await fleet.start() },
            stopping: { await fleet.stop() },
            body: {
                if json {
                    let line = try JSONEncoder().encode(await fleet.addresses)
                    Terminal.say(String(decoding: line, as: UTF8.self).replacingOccurrences(of: "\\/", with: "/"))
                } else {
                    Terminal.say("up: \(await fleet.url) (page and API); Ctrl-C stops everything")
                }
                var told: Set<String> = []
                while !Task.isCancelled {
                    for end in await fleet.ended() where told.insert(end).inserted { Terminal.complain(end) }
                    try await Task.sleep(for: .seconds(1))
                }
            }
        )
    }
}

/// Runs something until it ends or a signal comes, and always stops it.
enum Foreground {
    static func run(
        starting start: @escaping @Sendable () async throws -> Void,
        stopping stop: @escaping @Sendable () async -> Void,
        body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let result: Result<Void, any Error> = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask {
                do {
                    try await start()
                    try await body()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                for await _ in signals { break }
                return .failure(CancellationError())
            }
            let first = await group.next() ?? .success(())
            group.cancelAll()
            return first
        }
        if case .failure(is CancellationError) = result { Terminal.note("stopping") }
        await stop()
        do {
            try result.get()
        } catch is CancellationError {
            return
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.failed, "\(error)")
        }
    }
}
