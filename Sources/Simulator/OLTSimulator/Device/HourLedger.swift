/// How many operations a device met in each hour: what quotas promise and gentleness limits.
///
/// An operation is a holder's span: its tag's number, or a sender until it pauses.
package struct HourLedger: Sendable {
    package struct Hour: Equatable, Sendable {
        /// Hours since the simulator started.
        package let place: Int
        /// Operations that began in it.
        package fileprivate(set) var operations = 0
        /// Those that asked for optics, which a real OLT fetches from one ONU at a time.
        package fileprivate(set) var dear = 0
    }

    /// Most hours that are kept; older ones are forgotten.
    package static let hoursMax = 168

    /// How long an hour lasts: less in a time that runs faster.
    package let hour: Duration
    package private(set) var hours: [Hour] = []

    package init(hour: Duration = .seconds(3600)) {
        self.hour = max(hour, .milliseconds(1))
    }

    mutating func note(_ news: HolderWitness.News, at now: Duration) {
        guard news.isFirst || news.isFirstDear else { return }
        let place = Int(now / hour)
        if hours.last?.place != place { hours.append(Hour(place: place)) }
        if hours.count > Self.hoursMax { hours.removeFirst(hours.count - Self.hoursMax) }
        if news.isFirst { hours[hours.count - 1].operations += 1 }
        if news.isFirstDear { hours[hours.count - 1].dear += 1 }
    }
}
