/// Bounds of a Redis client.
package struct RedisSettings: Sendable {
    /// How long a command waits for its reply, the wait for a connection included, unless the call says otherwise.
    package var commandTimeout: Duration
    /// Name resolution, TCP connect, AUTH and SELECT together.
    package var connectTimeout: Duration
    /// Outstanding replies of one connection; one more command is refused.
    package var inFlightMax: Int
    /// First and longest pause between two attempts to connect; doubled each time, with jitter.
    package var backoff: ClosedRange<Duration>
    /// Unacknowledged data and missing keep-alive answers end the connection after this span.
    package var silenceMax: Duration
    /// What `CLIENT LIST` shows.
    package var clientName: String

    package init(
        commandTimeout: Duration = .seconds(5),
        connectTimeout: Duration = .seconds(5),
        inFlightMax: Int = 65_536,
        backoff: ClosedRange<Duration> = .milliseconds(50)...(.seconds(5)),
        silenceMax: Duration = .seconds(15),
        clientName: String = "flotilla"
    ) {
        self.commandTimeout = commandTimeout
        self.connectTimeout = connectTimeout
        self.inFlightMax = inFlightMax
        self.backoff = backoff
        self.silenceMax = silenceMax
        self.clientName = clientName
    }
}
