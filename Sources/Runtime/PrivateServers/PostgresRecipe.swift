import Foundation

/// How a private PostgreSQL cluster is made, started and asked.
struct PostgresRecipe: ServerRecipe {
    let name = "PostgreSQL"
    let transport = FreePort.Transport.tcp
    let patience: Duration = .seconds(60)
    /// How long a killed cluster's backends may take to be gone.
    private static let lastBackendWithin: Duration = .seconds(10)
    let folder: ScratchFolder
    let durable: Bool
    let further: [String: String]
    /// Of both roles; a new one for each cluster.
    let password = UUID().uuidString.lowercased()

    var log: String { folder.file("postgres.log") }
    private var home: String { folder.file("cluster") }
    private var data: String { "\(home)/data" }
    private var user: String? { Program.isRoot ? "postgres" : nil }

    /// Makes the cluster with `initdb`, then role and database in single-user mode, once.
    func prepare(port: Int) async throws(ServerError) {
        guard !FileManager.default.fileExists(atPath: "\(data)/ready") else { return }
        _ = try folder.folder("cluster")
        let secret = try folder.write(password + "\n", to: "cluster/password")
        let statements = try folder.write(
            """
            CREATE ROLE flotilla LOGIN CREATEDB PASSWORD '\(password)'
            CREATE DATABASE flotilla OWNER flotilla

            """,
            to: "cluster/first.sql"
        )
        if let user { try await run("/bin/chown", ["-R", "\(user):\(user)", home], asRoot: true) }
        try await run("/bin/chmod", ["-R", "go-rwx", home], asRoot: true)
        try await run(
            program("initdb"),
            ["-D", data, "-U", "postgres", "--pwfile=\(secret)", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
                + (durable ? [] : ["--no-sync"])
        )
        try await run(program("postgres"), ["--single", "-D", data] + options(settings(port: port)) + ["postgres"], input: statements)
        try await run("/bin/rm", ["-f", secret, statements], asRoot: true)
        try await run("/usr/bin/touch", ["\(data)/ready"])
    }

    func commands(port: Int) throws(ServerError) -> [ChildProcess.Command] {
        let arguments = ["-D", data, "-p", "\(port)"] + options(settings(port: port))
        var command = command(try program("postgres"), arguments)
        command.log = log
        // SIGINT ends sessions instead of waiting for them; SIGQUIT ends at once but gives shared memory back.
        command.stopSignal = .interrupt
        command.leashSignal = .quit
        return [command]
    }

    /// A start-up message is answered with a request for a password (R) when sessions are accepted, with an error before.
    func isHealthy(port: Int) -> Bool {
        let words = Array("user\0flotilla\0database\0flotilla\0\0".utf8)
        let length = UInt8(8 + words.count)
        return Loopback.exchange(port: port, send: [0, 0, 0, length, 0, 3, 0, 0] + words)?.first == UInt8(ascii: "R")
    }

    /// Returns the System V segment that a killed postmaster leaves; its id is the second number of line 7.
    ///
    /// The next start is refused while a last backend still holds it.
    func sweep() async {
        guard let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8) else { return }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 6, let id = lines[6].split(separator: " ").last.flatMap({ Int32($0) }) else { return }
        let segment = SharedSegment(id: id)
        let deadline = ContinuousClock.now + Self.lastBackendWithin
        while let attached = segment.attached, attached > 0, ContinuousClock.now < deadline {
            // A cancelled caller does not wait.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { break }
        }
        segment.remove()
    }

    /// `psql` with one statement.
    func statementCommand(_ sql: String, url: String) throws(ServerError) -> ChildProcess.Command {
        command(try program("psql"), ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
    }

    private func settings(port: Int) -> [String: String] {
        var settings = [
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": home.utf8.count < 80 ? home : "",
            "max_connections": "200",
            // Shared memory in the cluster's folder: /dev/shm would keep it after SIGKILL.
            "dynamic_shared_memory_type": "mmap",
            "log_min_messages": "warning",
            "logging_collector": "off",
        ]
        if !durable {
            settings["fsync"] = "off"
            settings["full_page_writes"] = "off"
        }
        return settings.merging(further) { $1 }
    }

    private func options(_ settings: [String: String]) -> [String] {
        settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }

    private func program(_ name: String) throws(ServerError) -> String {
        try Program.newest(under: "/usr/lib/postgresql", inner: "bin/\(name)", package: "postgresql")
    }

    private func command(_ program: String, _ arguments: [String]) -> ChildProcess.Command {
        let environment = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": home]
        return ChildProcess.Command(program, arguments, environment: environment, folder: folder.path, user: user)
    }

    private func run(_ program: String, _ arguments: [String], input: String? = nil, asRoot: Bool = false) async throws(ServerError) {
        var command = command(program, arguments)
        if let input { command.input = input }
        if asRoot { command.user = nil }
        _ = try await Run.output(of: command, in: folder)
    }
}
