/// The DateAndTime of RFC 2579: 8 octets, or 11 with a zone.
enum DateAndTime {
    static func never(isLong: Bool) -> [UInt8] {
        [UInt8](repeating: 0, count: isLong ? 11 : 8)
    }

    static func octets(minutesBefore2026 minutes: UInt64, isLong: Bool) -> [UInt8] {
        let moment = CivilTime(secondsSince1970: 1_767_225_600 - Int64(minutes) * 60)
        let zone: [UInt8] = isLong ? [UInt8(ascii: "+"), 0, 0] : []
        return [
            UInt8(truncatingIfNeeded: moment.year >> 8), UInt8(truncatingIfNeeded: moment.year), UInt8(moment.month), UInt8(moment.day),
            UInt8(moment.hour), UInt8(moment.minute), UInt8(moment.second), 0,
        ] + zone
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
