import Domain

/// The spans of a simulated fleet: the shipped ones, shorter where waiting shows nothing.
struct SimSettings {
    var lease: LeaseKeeper.Settings = {
        var lease = LeaseKeeper.Settings()
        lease.span = .seconds(12)
        lease.renewEvery = .seconds(3)
        return lease
    }()
    let quietGap: Duration = .seconds(7)
    let handBackAfter: Duration = .seconds(5)
    let busyPatience: Duration = .milliseconds(100)
    let busyPause: Duration = .milliseconds(20)
    let hold: Duration = .seconds(60)
    let startedAfter: Duration = .milliseconds(250)
    let watchEvery: Duration = .milliseconds(250)
    let suspectAfter = 3
    let beatEvery: Duration = .seconds(4)
    let slots: [TaskClass: Int] = [.general: 2, .network: 2]
    let reportBatch = 8

    let highWatermark = 12
    let lowWatermark = 6
    let dispatchBatch = 16
    let sweepEvery: Duration = .milliseconds(200)
    let noteEvery: Duration = .milliseconds(500)
    let recountEvery: Duration = .seconds(1)
    let republishAfter: Duration = .seconds(5)
    let watchesEvery: Duration = .milliseconds(500)
    let timeEvery: Duration = .seconds(1)
    let agingInterval: Duration = .seconds(20)
    let forgottenEvery: Duration = .seconds(10)
    let markerWithin: Duration = .seconds(5)
    let overtaking = 6
    let coordinateEvery: Duration = .seconds(2)
    /// For how long OLTs are asked on a schedule.
    let plannedFor: Duration = .seconds(160)
    let rules: CoordinationRules = {
        var rules = CoordinationRules()
        rules.period = .seconds(60)
        rules.grace = .seconds(6)
        rules.horizon = .seconds(4)
        rules.lateAfter = .seconds(10)
        rules.failuresMax = 2
        rules.soon = .seconds(5)
        rules.probeAfter = .seconds(1)
        rules.probeCeiling = .seconds(8)
        rules.attempts = 2
        rules.attemptPause = .seconds(1)
        return rules
    }()
    var silence: Duration { beatEvery * 3 + beatEvery / 2 }
}
