/// What is out of order at the moment; spans may overlap, so each is a count or a sum.
struct Weather {
    var recordsDown = 0
    var commitsFail = 0
    var commitAnswersLost = 0
    var redisDown = 0
    var brokerDown = 0
    var alarms = 0
    var fullLanes = 0
    var unboundLanes = 0
    /// Added to every confirm, and to every question to Redis, one way.
    var confirmDelay: Duration = .zero
    var leaseDelay: Duration = .zero
    /// The longest that a request to a device is under way, one way.
    var deviceDelay: Duration = .milliseconds(20)
    var silentDevices: [Int: Int] = [:]
}
