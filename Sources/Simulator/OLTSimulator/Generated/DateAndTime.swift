/// The DateAndTime of RFC 2579: 8 octets, or 11 with a zone.
enum DateAndTime {
    /// 2026-01-01 in UTC: when the simulator starts, by the clocks of generated devices.
    static let start: Int64 = 1_767_225_600

    /// Takes seconds since 1970; `nil` gives zeros, as vendors say "never".
    static func octets(_ seconds: Int64?, isLong: Bool) -> [UInt8] {
        guard let seconds else { return [UInt8](repeating: 0, count: isLong ? 11 : 8) }
        let moment = CivilTime(secondsSince1970: seconds)
        let zone: [UInt8] = isLong ? [UInt8(ascii: "+"), 0, 0] : []
        return [
            UInt8(truncatingIfNeeded: moment.year >> 8), UInt8(truncatingIfNeeded: moment.year), UInt8(moment.month), UInt8(moment.day),
            UInt8(moment.hour), UInt8(moment.minute), UInt8(moment.second), 0,
        ] + zone
    }

    /// `2026-01-01 00:00:00`, as some firmwares write it.
    static func text(_ seconds: Int64?) -> String {
        guard let seconds else { return "0000-00-00 00:00:00" }
        let moment = CivilTime(secondsSince1970: seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(moment.year)-\(two(moment.month))-\(two(moment.day)) \(two(moment.hour)):\(two(moment.minute)):\(two(moment.second))"
    }
}

/// A moment in the Gregorian calendar, UTC.
struct CivilTime: Equatable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    init(secondsSince1970 seconds: Int64) {
        var days = Int(seconds / 86_400)
        var rest = Int(seconds % 86_400)
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        year = 1970
        while days < 0 {
            year -= 1
            days += Self.days(inYear: year)
        }
        while days >= Self.days(inYear: year) {
            days -= Self.days(inYear: year)
            year += 1
        }
        month = 1
        while days >= Self.days(inMonth: month, of: year) {
            days -= Self.days(inMonth: month, of: year)
            month += 1
        }
        day = days + 1
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func days(inYear year: Int) -> Int { isLeap(year) ? 366 : 365 }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
