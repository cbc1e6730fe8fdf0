extension SettingKey {
    package static let coordinatorPeriod = SettingKey(
        "flotilla.coordinator.period-seconds",
        standard: "3600",
        range: "10 to 86400",
        "how long a quota's period is; periods begin at multiples of it, an hour at the full hour in UTC"
    )
    package static let coordinatorEvery = SettingKey(
        "flotilla.coordinator.every-ms",
        standard: "5000",
        range: "100 to 60000",
        "pause between two turns of the coordinator when nobody tells it of a change"
    )
    package static let coordinatorFailures = SettingKey(
        "flotilla.coordinator.failures-max",
        standard: "3",
        range: "1 to 100",
        "failures of an OLT in a row after which it is asked nothing until it answers a probe"
    )
    package static let coordinatorAttempts = SettingKey(
        "flotilla.coordinator.attempts",
        standard: "3",
        range: "1 to 20",
        "attempts of one planned operation; what failed for good is planned again while there is time"
    )
    package static let keepCoordinatorLog = SettingKey(
        "flotilla.retention.coordinator-log-days",
        standard: "7",
        range: "1 to 3650 days",
        "how long decisions of the coordinator are kept"
    )
    package static let keepQuotas = SettingKey(
        "flotilla.retention.quotas-days",
        standard: "30",
        range: "1 to 3650 days",
        "how long plans, quotas and their proof are kept"
    )
    package static let keepViolations = SettingKey(
        "flotilla.retention.violations-days",
        standard: "365",
        range: "1 to 3650 days",
        "how long violations of quotas are kept"
    )

    static let coordinator = [
        coordinatorPeriod, coordinatorEvery, coordinatorFailures, coordinatorAttempts, keepCoordinatorLog, keepQuotas, keepViolations,
    ]
}
