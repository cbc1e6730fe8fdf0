/// How a private RabbitMQ node is configured, started and asked.
struct RabbitMQRecipe: ServerRecipe {
    let name = "RabbitMQ"
    let transport = FreePort.Transport.tcp
    let patience: Duration = .seconds(90)
    let folder: ScratchFolder
    /// Port of `epmd`, which tells Erlang nodes each other's ports.
    let mapperPort: Int
    /// Port on which the node talks with `rabbitmqctl`.
    let nodePort: Int
    let further: [String]

    var log: String { folder.file("rabbitmq.log") }
    private var node: String { "flotilla-\(mapperPort)@localhost" }

    func prepare(port: Int) async throws(ServerError) {
        let lines =
            [
                "listeners.tcp.1 = 127.0.0.1:\(port)",
                // Milliseconds: a delivery may stay unsettled for a day, as long tasks do.
                "consumer_timeout = 86400000",
                "vm_memory_high_watermark.absolute = 1GB",
                "disk_free_limit.absolute = 50MB",
                "log.console = true",
                "log.console.level = warning",
            ] + further
        _ = try folder.write(lines.joined(separator: "\n") + "\n", to: "rabbitmq.conf")
        _ = try folder.write("", to: "environment.conf")
        _ = try folder.write("[].\n", to: "plugins")
    }

    func commands(port: Int) throws(ServerError) -> [ChildProcess.Command] {
        let mapper = ChildProcess.Command(
            try Program.find("epmd", package: "erlang-base"),
            ["-address", "127.0.0.1", "-port", "\(mapperPort)"],
            folder: folder.path,
            log: folder.file("epmd.log")
        )
        let server = ChildProcess.Command(
            try script("rabbitmq-server"),
            environment: environment(port: port),
            folder: folder.path,
            log: log
        )
        return [mapper, server]
    }

    /// `rabbitmqctl` for this node.
    func controlCommand(_ arguments: [String]) throws(ServerError) -> ChildProcess.Command {
        ChildProcess.Command(
            try script("rabbitmqctl"),
            ["--quiet", "--node", node] + arguments,
            environment: environment(port: nil),
            folder: folder.path
        )
    }

    /// A protocol header is answered with a method frame (type 1) once the node has booted; before that nobody listens.
    func isHealthy(port: Int) -> Bool {
        Loopback.exchange(port: port, send: Array("AMQP".utf8) + [0, 0, 9, 1])?.first == 1
    }

    /// The scripts themselves: the ones in /usr/sbin change to the system's own user and paths.
    private func script(_ name: String) throws(ServerError) -> String {
        try Program.newest(under: "/usr/lib/rabbitmq/lib", inner: "sbin/\(name)", package: "rabbitmq-server")
    }

    private func environment(port: Int?) -> [String: String] {
        var settings = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            // The cookie that lets nodes and tools trust each other is written here.
            "HOME": folder.path,
            "ERL_EPMD_PORT": "\(mapperPort)",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_BYTES": "0",
            "RABBITMQ_NODENAME": node,
            "RABBITMQ_DIST_PORT": "\(nodePort)",
            "RABBITMQ_MNESIA_BASE": folder.file("data"),
            "RABBITMQ_LOG_BASE": folder.file("log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": folder.file("rabbitmq.pid"),
            "RABBITMQ_CONFIG_FILE": folder.file("rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": folder.file("environment.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": folder.file("plugins"),
            // Makes the script become the node instead of watching it, so that signals reach the node.
            "RUNNING_UNDER_SYSTEMD": "true",
            // Idle schedulers sleep at once instead of spinning, which leaves the cores to others.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        ]
        settings["RABBITMQ_NODE_PORT"] = port.map(String.init)
        return settings
    }
}
