/// The text form of faults, as `--fault` and the configuration file take it.
extension Faults {
    /// Each entry as a user may write it, with a short explanation.
    package static let forms: [(form: String, meaning: String)] = [
        ("delay=20ms", "every request takes so long; requests of one device wait for each other"),
        ("slow=OID:20ms", "so long for each binding below the name; may be given several times"),
        ("slow-optics=20ms", "the same for the optics columns of every vendor (also optics-delay=)"),
        ("loss=5%", "requests that are never answered"),
        ("duplicate=5%", "answers that come twice"),
        ("late=5%:3s", "answers that come so much later, after younger ones"),
        ("silent", "never answers"),
        ("garbage[=5%]", "answers that are not BER"),
        ("truncated[=5%]", "answers cut short"),
        ("wrong-id[=5%]", "answers with another request id"),
        ("wrong-source[=5%]", "answers from another address"),
        ("wrong-port[=5%]", "answers from another port of the right address"),
        ("not-increasing", "walks that stay where they are"),
        ("stop-after=100", "walks end after so many rows as if at the end of the MIB"),
        ("loop-after=100", "walks go back to their first row after so many"),
        ("endless=OID", "a table there that always has one more row"),
        ("hostile[=5%]", "vendor's texts with script, CR LF, terminal codes, other directions, bytes that are no UTF-8"),
        ("huge[=5%]", "vendor's texts of 60,000 octets"),
        ("too-big-over=1000", "answers above so many octets become tooBig"),
        ("drop-over=1000", "answers above so many octets are not sent"),
        ("fewer-rows[=3]", "at most so many repetitions for each GETBULK"),
        ("overload[=20ms]", "one request at a time, the rest is dropped"),
        ("port-down=SLOT/PORT[:fibre]", "generated: the port's ONUs are offline for this cause (power, or fibre)"),
        ("reboot-after=60s[:5s]", "once: silent for the second time, then a fresh sysUpTime"),
    ]

    /// - Throws: `.fault` with the entry that is wrong.
    package init(_ texts: [String]) throws(SettingsError) {
        self.init()
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            try add(parts[0], parts.count > 1 ? parts[1] : nil, text)
        }
    }

    private mutating func add(_ key: String, _ value: String?, _ text: String) throws(SettingsError) {
        func need<Value>(_ value: Value?) throws(SettingsError) -> Value {
            guard let value else { throw .fault(text) }
            return value
        }
        func share(whole: Bool) throws(SettingsError) -> Double {
            if whole && value == nil { return 1 }
            return try need(value.flatMap(Self.share))
        }
        func time() throws(SettingsError) -> Duration { try need(value.flatMap(Self.time)) }
        func count() throws(SettingsError) -> Int { try need(value.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }) }
        func pair() throws(SettingsError) -> (String, String) {
            let parts = try need(value).split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .fault(text) }
            return (String(parts[0]), String(parts[1]))
        }
        func flag() throws(SettingsError) -> Bool {
            guard value == nil else { throw .fault(text) }
            return true
        }
        switch key {
        case "delay": delay = try time()
        case "slow":
            let (prefix, each) = try pair()
            slow.append(Slow(prefix: try need(ObjectName(prefix)), each: try need(Self.time(each))))
        case "slow-optics", "optics-delay": for prefix in Vendor.optics { slow.append(Slow(prefix: prefix, each: try time())) }
        case "loss": loss = try share(whole: false)
        case "duplicate": duplicate = try share(whole: false)
        case "late":
            let (share, by) = try pair()
            late = Late(share: try need(Self.share(share)), by: try need(Self.time(by)))
        case "silent": isSilent = try flag()
        case "garbage": garbage = try share(whole: true)
        case "truncated": truncated = try share(whole: true)
        case "wrong-id": wrongID = try share(whole: true)
        case "wrong-source": wrongSource = try share(whole: true)
        case "wrong-port": wrongPort = try share(whole: true)
        case "not-increasing": isNotIncreasing = try flag()
        case "stop-after": stopAfter = try count()
        case "loop-after": loopAfter = max(1, try count())
        case "endless": endless = try need(value.flatMap { ObjectName($0) })
        case "hostile": hostile = try share(whole: true)
        case "huge": huge = try share(whole: true)
        case "too-big-over": tooBigOver = try count()
        case "drop-over": dropOver = try count()
        case "fewer-rows": fewerRows = value == nil ? 3 : max(1, try count())
        case "overload": overload = value == nil ? .milliseconds(20) : try time()
        case "port-down":
            let parts = try need(value).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let cause = parts.count > 1 ? try need(Outage.Cause(parts[1])) : .power
            portsDown[try need(PortName(parts[0]))] = cause
        case "reboot-after":
            if value?.contains(":") == true {
                let (after, away) = try pair()
                reboot = Reboot(after: try need(Self.time(after)), away: try need(Self.time(away)))
            } else {
                reboot = Reboot(after: try time(), away: .seconds(5))
            }
        default: throw .fault(text)
        }
    }

    /// `5%` or `100%`; also `0.05`.
    private static func share(_ text: String) -> Double? {
        let percent = text.hasSuffix("%")
        guard let number = Double(percent ? String(text.dropLast()) : text), number.isFinite else { return nil }
        let share = percent ? number / 100 : number
        return (0...1).contains(share) ? share : nil
    }

    /// A whole number with `us`, `ms`, `s`, `m` or `h`; at most a day.
    package static func time(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 86_400_000_000 else { return nil }
        let time: Duration? =
            switch text.dropFirst(digits.count) {
            case "us": .microseconds(number)
            case "ms": .milliseconds(number)
            case "s": .seconds(number)
            case "m": .seconds(number * 60)
            case "h": .seconds(number * 3600)
            default: nil
            }
        guard let time, time <= .seconds(86_400) else { return nil }
        return time
    }
}
