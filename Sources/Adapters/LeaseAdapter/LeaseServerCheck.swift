import Redis

/// Whether a Redis server can keep leases: one that evicts keys, or is a replica, or has replicas, would forget them.
enum LeaseServerCheck {
    /// The code in front of what an unsuitable server is refused with.
    static let code = "UNSUITABLE"

    /// Runs on every new connection, before anything else uses it.
    /// - Returns: the `run_id` of the server, another one after each restart.
    static func run(_ connection: RedisConnection) async throws(RedisError) -> String {
        let memory = try await connection.command(["INFO", "memory"])
        let policy = value(of: "maxmemory_policy", in: memory.text ?? "")
        guard policy == "noeviction" else {
            throw .server(
                message: "\(code) maxmemory-policy is \(policy ?? "not told"); a server that keeps leases needs noeviction, "
                    + "else it forgets who holds what"
            )
        }
        let role = try await connection.command(["ROLE"]).array ?? []
        guard role.first?.text == "master" else {
            throw .server(message: "\(code) the server is a \(role.first?.text ?? "thing without a role"), leases are kept on a master")
        }
        guard role.count < 3 || role[2].array?.isEmpty != false else {
            throw .server(
                message: "\(code) the server has replicas: a failover would lose leases that were just granted; use one without replicas"
            )
        }
        let server = try await connection.command(["INFO", "server"])
        guard let run = value(of: "run_id", in: server.text ?? ""), !run.isEmpty else {
            throw .server(message: "\(code) the server does not tell its run_id, so it could forget leases unnoticed")
        }
        return run
    }

    private static func value(of name: String, in information: String) -> String? {
        for line in information.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }
}
