import Assembly
import FaultProxy
import Foundation
import PrivateServers

/// The private servers of one row, and where its processes find them.
struct FaultServers: Sendable {
    let rabbitMQ: PrivateRabbitMQ
    let redis: PrivateRedis
    let postgres: PrivatePostgres
    let folder: ScratchFolder
    private let brokerFolder: ScratchFolder

    init() throws {
        brokerFolder = try ScratchFolder("faults-rabbitmq")
        rabbitMQ = try PrivateRabbitMQ(folder: brokerFolder)
        redis = try PrivateRedis()
        postgres = try PrivatePostgres()
        folder = try ScratchFolder("faults")
    }

    func start() async throws {
        try await PrivateServers.start([rabbitMQ, redis, postgres])
        try await DatabaseSchema(url: postgres.url).migrate()
    }

    func stop() async {
        await postgres.stop()
        await redis.stop()
        await rabbitMQ.stop()
        folder.remove()
        brokerFolder.remove()
    }

    /// Takes away everything that the broker, which must not run, kept on disk.
    func wipeBroker() throws {
        try FileManager.default.removeItem(atPath: brokerFolder.file("data"))
    }

    /// Runs one command of Redis.
    func redisCommand(_ words: String...) async throws -> String {
        try await Run.output(of: ChildProcess.Command("redis-cli", ["-p", "\(redis.port)"] + words), in: folder)
    }

    /// Queues with messages, settled or not: name, ready, unacknowledged.
    func filledQueues() async throws -> [String] {
        let text = try await rabbitMQ.control(["list_queues", "--no-table-headers", "name", "messages_ready", "messages_unacknowledged"])
        return text.split(separator: "\n").map(String.init).filter { line in
            let cells = line.split(separator: "\t")
            return cells.count == 3 && (cells[1] != "0" || cells[2] != "0")
        }
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
