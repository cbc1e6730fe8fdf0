import Redis

extension RedisLeaseStore {
    /// A script as a bench hands it to another client: the same text, key and arguments.
    package struct ScriptText: Sendable {
        package let name: String
        package let source: String
        /// With `KEY`, `RUN_ID` where the key's text and the server's run stand.
        package let keysAndArguments: [String]
    }

    /// `take`, `renew` and `release` of number 1 by run 1.
    package static let scriptTexts: [ScriptText] = [
        text(LeaseScripts.take.name, LeaseScripts.take.source, ["30000000", "7000000", "bench"]),
        text(LeaseScripts.renew.name, LeaseScripts.renew.source, ["30000000"]),
        text(LeaseScripts.release.name, LeaseScripts.release.source, ["1"]),
    ]

    private static func text(_ name: String, _ source: String, _ arguments: [String]) -> ScriptText {
        let keys = ["2", "\(namePrefix){KEY}", "flotilla:epoch"]
        return ScriptText(
            name: name,
            source: source,
            keysAndArguments: keys + ["1", "0000000000000001"] + arguments + ["30000000", "RUN_ID"]
        )
    }
}
