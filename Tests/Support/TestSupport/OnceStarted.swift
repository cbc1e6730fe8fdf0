import PrivateServers

/// Starts a server at the first request; everyone else waits for that start and gets the same server or the same error.
actor OnceStarted<Server: PrivateServer> {
    private let make: @Sendable () throws -> Server
    private var start: Task<Server, any Error>?

    init(_ make: @escaping @Sendable () throws -> Server) {
        self.make = make
    }

    func server() async throws -> Server {
        if let start { return try await start.value }
        // Unstructured: the first asker's cancellation must not end the start that others wait for.
        let start = Task { [make] in
            let server = try make()
            try await server.start()
            return server
        }
        self.start = start
        return try await start.value
    }
}
