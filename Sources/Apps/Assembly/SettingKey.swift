/// Every key of the configuration: its default, its range and what it means.
///
/// The environment variable is the key in capitals with `_`: `flotilla.lease.span-ms` is `FLOTILLA_LEASE_SPAN_MS`.
package struct SettingKey: Hashable, Sendable {
    package let name: String
    package let standard: String?
    package let range: String
    package let meaning: String
    package let isSecret: Bool

    init(_ name: String, standard: String?, range: String, _ meaning: String, isSecret: Bool = false) {
        self.name = name
        self.standard = standard
        self.range = range
        self.meaning = meaning
        self.isSecret = isSecret
    }

    package static let brokerURL = SettingKey(
        "flotilla.broker.url",
        standard: "amqp://guest:guest@127.0.0.1:5672/",
        range: "amqp://USER:PASSWORD@HOST:PORT/VHOST",
        "RabbitMQ, which carries tasks and outcomes",
        isSecret: true
    )
    package static let redisURL = SettingKey(
        "flotilla.redis.url",
        standard: "redis://127.0.0.1:6379/0",
        range: "redis://[USER:PASSWORD@]HOST:PORT/DATABASE",
        "Redis, which holds leases: one server, maxmemory-policy noeviction",
        isSecret: true
    )
    package static let postgresURL = SettingKey(
        "flotilla.postgres.url",
        standard: "postgres://flotilla@127.0.0.1:5432/flotilla",
        range: "postgres://USER:PASSWORD@HOST:PORT/NAME",
        "PostgreSQL, which remembers; workers never reach it",
        isSecret: true
    )
    package static let postgresPool = SettingKey(
        "flotilla.postgres.pool",
        standard: "8",
        range: "1 to 16",
        "connections to PostgreSQL"
    )
    package static let sealKey = SettingKey(
        "flotilla.seal.key",
        standard: nil,
        range: "64 hexadecimal digits",
        "the key that seals credentials, the same on orchestrator and workers",
        isSecret: true
    )
    package static let sealKeyFile = SettingKey(
        "flotilla.seal.key-file",
        standard: nil,
        range: "path of a file with 64 hexadecimal digits",
        "the same key, from a file"
    )
    package static let profiles = SettingKey(
        "flotilla.profiles",
        standard: nil,
        range: "path of a folder with *.yaml",
        "profiles of OLTs; missing: deploy/profiles here or beside the program, /usr/share/flotilla/profiles"
    )
    package static let httpHost = SettingKey(
        "flotilla.http.host",
        standard: "127.0.0.1",
        range: "a loopback address",
        "where the API listens; others are refused until there is authentication"
    )
    package static let httpPort = SettingKey(
        "flotilla.http.port",
        standard: "7070",
        range: "0 to 65535",
        "port of the API; 0 takes a free one"
    )
    package static let httpHosts = SettingKey(
        "flotilla.http.hosts",
        standard: nil,
        range: "NAME,… without ports",
        "names beside the loopback addresses under which the API may be asked; others are refused"
    )
    package static let logLevel = SettingKey(
        "flotilla.log.level",
        standard: "info",
        range: "trace, debug, info, notice, warning, error, critical",
        "what is logged to standard error"
    )
    package static let logFormat = SettingKey(
        "flotilla.log.format",
        standard: "text",
        range: "text or json",
        "how it is logged: lines for people, or one JSON object per line"
    )
    package static let workerHTTPPort = SettingKey(
        "flotilla.worker.http-port",
        standard: nil,
        range: "0 to 65535",
        "port of the worker's /metrics, /healthz and /readyz on 127.0.0.1; 0 takes a free one; missing: none"
    )
    package static let leaseSpan = SettingKey(
        "flotilla.lease.span-ms",
        standard: "30000",
        range: "9000 to 600000 ms",
        "how long a lease lasts unless renewed"
    )
    package static let leaseRenew = SettingKey(
        "flotilla.lease.renew-ms",
        standard: "10000",
        range: "100 to 200000 ms, at most a third of the span, and the span minus 7000 ms",
        "pause between renewals"
    )
    package static let workerSlots = SettingKey(
        "flotilla.worker.slots",
        standard: nil,
        range: "CLASS=COUNT,… with cpu, io, memory, network, general and 0 to 1024",
        "slots per class; classes that are not named have none; missing: by the number of cores"
    )
    package static let workerLabels = SettingKey(
        "flotilla.worker.labels",
        standard: nil,
        range: "NAME=VALUE,…",
        "labels shown with the worker"
    )
    package static let workerBeat = SettingKey(
        "flotilla.worker.beat-ms",
        standard: "15000",
        range: "1000 to 60000 ms",
        "pause between heartbeats; orchestrator and workers need the same"
    )
    package static let lettersKeep = SettingKey(
        "flotilla.letters.keep",
        standard: "1000",
        range: "1 to 10000000",
        "how many dead letters of a class are kept; older ones are removed, with a line in the log"
    )
    package static let lettersKeepKinds = SettingKey(
        "flotilla.letters.keep-kinds",
        standard: nil,
        range: "KIND=COUNT,… with counts from 1 to 10000000",
        "kinds of which another number of letters is kept; they do not count for their class"
    )
    package static let lettersEvidence = SettingKey(
        "flotilla.letters.evidence-s",
        standard: "604800",
        range: "60 to 31536000 s",
        "how long copies from the queue dead are kept that no letter needs"
    )
    package static let lettersTrim = SettingKey(
        "flotilla.letters.trim-ms",
        standard: "60000",
        range: "100 to 3600000 ms",
        "pause between looks for letters that are too many"
    )
    package static let witness = SettingKey(
        "flotilla.snmp.witness",
        standard: "false",
        range: "true or false",
        "shows the run's number to simulated OLTs as community#number; for tests and the demo only"
    )

    package static let consumerTimeout = SettingKey(
        "flotilla.broker.consumer-timeout-s",
        standard: "86400",
        range: "300 to 604800 s",
        "the broker's own consumer_timeout, which AMQP does not tell; attempts may take 60 s less"
    )
    package static let laneHigh = SettingKey(
        "flotilla.lane.high",
        standard: "1000",
        range: "1 to 1000",
        "tasks on a lane at most; the rest waits where it can be steered"
    )
    package static let laneLow = SettingKey(
        "flotilla.lane.low",
        standard: "500",
        range: "0 to 999, below flotilla.lane.high",
        "a full lane is refilled when so many are left on it"
    )
    package static let agingInterval = SettingKey(
        "flotilla.aging.interval-s",
        standard: "600",
        range: "1 to 2592000 s",
        "a task that waits rises by one level each time, never above high"
    )
    package static let keepSucceeded = SettingKey(
        "flotilla.retention.succeeded-days",
        standard: "7",
        range: "1 to 3650 days",
        "how long succeeded tasks are kept"
    )
    package static let keepDead = SettingKey(
        "flotilla.retention.dead-days",
        standard: "7",
        range: "1 to 3650 days",
        "how long dead tasks are kept; their letters have a rule of their own"
    )
    package static let keepCancelled = SettingKey(
        "flotilla.retention.cancelled-days",
        standard: "7",
        range: "1 to 3650 days",
        "how long cancelled tasks are kept"
    )
    package static let keepExpired = SettingKey(
        "flotilla.retention.expired-days",
        standard: "7",
        range: "1 to 3650 days",
        "how long expired tasks are kept"
    )
    package static let keepAudit = SettingKey(
        "flotilla.retention.audit-days",
        standard: "365",
        range: "1 to 3650 days",
        "how long the audit keeps what people forced or steered"
    )

    package static let keepReadings = SettingKey(
        "flotilla.retention.readings-days",
        standard: "30",
        range: "1 to 3650 days",
        "how long readings of ONUs, and what happened to ONUs, are kept; whole days are dropped"
    )
    package static let opticsWarning = SettingKey(
        "flotilla.optics.warning-dbm",
        standard: "-25",
        range: "-60 to 10",
        "received power below it is shown as warning"
    )
    package static let opticsCritical = SettingKey(
        "flotilla.optics.critical-dbm",
        standard: "-28",
        range: "-60 to the warning",
        "received power below it is shown as critical"
    )

    package static let all: [SettingKey] =
        [
            brokerURL, redisURL, postgresURL, postgresPool, sealKey, sealKeyFile, profiles, httpHost, httpPort, httpHosts, logLevel,
            logFormat,
            leaseSpan, leaseRenew,
            workerSlots, workerLabels, workerBeat, workerHTTPPort, lettersKeep, lettersKeepKinds, lettersEvidence, lettersTrim, witness,
            consumerTimeout, laneHigh, laneLow, agingInterval, keepSucceeded, keepDead, keepCancelled, keepExpired, keepAudit,
            keepReadings, opticsWarning, opticsCritical,
        ] + coordinator + leading + sealing + hearing

    /// The environment variable that sets it.
    package var variable: String {
        String(name.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }
}
