package import Redis

extension RedisLeaseStore {
    /// Refuses a server that may forget leases by itself; asked on each new connection before it is used.
    package static func check(_ connection: RedisConnection) async throws(RedisError) {
        let policy = try await connection.command(["CONFIG", "GET", "maxmemory-policy"]).array?.last?.text
        guard policy == nil || policy == "noeviction" else {
            throw .server(message: "maxmemory-policy is \(policy ?? "unknown"): leases could be evicted; allowed: noeviction")
        }
        let role = try await connection.command(["ROLE"]).array?.first?.text
        guard role == "master" else {
            throw .server(message: "this server is a \(role ?? "stranger"): leases live on one master without replicas")
        }
    }
}
