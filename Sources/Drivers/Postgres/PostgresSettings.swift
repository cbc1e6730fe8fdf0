/// Bounds of PostgreSQL connections and of their pool.
package struct PostgresSettings: Sendable {
    /// What `pg_stat_activity` shows.
    package var applicationName: String
    /// The server ends a longer statement; ours ends the connection five seconds later.
    package var statementTimeout: Duration
    /// Name resolution, TCP connect and authentication together.
    package var connectTimeout: Duration
    /// Plans prepared statements once, for any parameters.
    package var plans: PlanCache
    /// Connections of a pool, 1…16.
    package var poolSize: Int
    /// How long a caller waits for a connection.
    package var acquireTimeout: Duration
    /// Callers that may wait for a connection; one more is refused.
    package var waitersMax: Int
    /// First and longest pause after a failed attempt to connect; doubled each time, with jitter.
    package var backoff: ClosedRange<Duration>
    /// Unacknowledged data and missing keep-alive answers end the connection after this span.
    package var silenceMax: Duration

    package init(
        applicationName: String = "flotilla",
        statementTimeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(5),
        plans: PlanCache = .automatic,
        poolSize: Int = 8,
        acquireTimeout: Duration = .seconds(10),
        waitersMax: Int = 16_384,
        backoff: ClosedRange<Duration> = .milliseconds(50)...(.seconds(5)),
        silenceMax: Duration = .seconds(15)
    ) {
        precondition((1...16).contains(poolSize), "a pool has 1 to 16 connections")
        self.applicationName = applicationName
        self.statementTimeout = statementTimeout
        self.connectTimeout = connectTimeout
        self.plans = plans
        self.poolSize = poolSize
        self.acquireTimeout = acquireTimeout
        self.waitersMax = waitersMax
        self.backoff = backoff
        self.silenceMax = silenceMax
    }

    /// Settings of the session, as the start-up packet carries them.
    var sessionOptions: String {
        let (seconds, attoseconds) = statementTimeout.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        return "-c statement_timeout=\(milliseconds)" + (plans == .automatic ? "" : " -c plan_cache_mode=\(plans.rawValue)")
    }
}

/// How prepared statements are planned (PostgreSQL manual, `plan_cache_mode`).
package enum PlanCache: String, Hashable, Sendable {
    case automatic = "auto"
    /// Planned once per connection: cheapest, and wrong for long when the tables grow.
    case generic = "force_generic_plan"
    /// Planned at each execution, by what the tables hold then.
    case custom = "force_custom_plan"
}
