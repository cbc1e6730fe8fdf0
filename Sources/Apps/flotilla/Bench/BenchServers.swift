import PrivateServers

/// The private servers of one bench; they outlive the fleets that use them.
struct BenchServers: Sendable {
    let rabbitMQ: PrivateRabbitMQ
    let redis: PrivateRedis
    let postgres: PrivatePostgres
    let folder: ScratchFolder

    init() throws {
        rabbitMQ = try PrivateRabbitMQ()
        redis = try PrivateRedis()
        postgres = try PrivatePostgres()
        folder = try ScratchFolder("bench")
    }

    func start() async throws {
        try await PrivateServers.start([rabbitMQ, redis, postgres])
    }

    func stop() async {
        await postgres.stop()
        await redis.stop()
        await rabbitMQ.stop()
        folder.remove()
    }

    /// A fleet on these servers; each worker with so many slots of the class `general`.
    func fleet(
        workers: Int,
        slots: Int?,
        environment: [String: String] = [:],
        note: @escaping @Sendable (String) -> Void
    ) throws -> LocalFleet {
        var options = LocalFleet.Options()
        options.workers = workers
        options.brokerURL = rabbitMQ.url
        options.redisURL = redis.url
        options.postgresURL = postgres.url
        // What is measured is the fleet, not its listeners for metrics.
        let own = ["FLOTILLA_LOG_LEVEL": "warning", "FLOTILLA_WORKER_HTTP_PORT": ""]
        options.environment = own.merging(environment) { _, asked in asked }
        if let slots { options.environment["FLOTILLA_WORKER_SLOTS"] = "general=\(slots)" }
        return try LocalFleet(options, note: note)
    }

    /// One number that the database answers.
    func count(_ sql: String) async throws -> Int {
        let answer = try await postgres.statement(sql)
        guard let number = Int(answer.split(separator: "\n").first ?? "") else {
            throw CommandError(.failed, "the database answered \"\(answer)\" to \(sql)")
        }
        return number
    }
}
