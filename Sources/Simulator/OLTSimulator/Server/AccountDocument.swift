/// The account as JSON.
struct AccountDocument {
    /// Wall-clock seconds since 1970 at the simulator's start; spans count from there.
    let startedAt: Duration

    func value(_ reports: [DeviceReport], withHolders: Bool = true) -> JSONValue {
        .object([
            ("startedAt", .string(time(.zero))),
            ("devices", .array(reports.map { device($0, withHolders: withHolders) })),
        ])
    }

    private func device(_ report: DeviceReport, withHolders: Bool) -> JSONValue {
        let account = report.account
        return .object([
            ("address", .string(report.address.description)),
            ("requests", whole(account.requests)),
            ("answers", whole(account.answers)),
            ("dropped", whole(account.dropped)),
            ("overloaded", whole(account.overloaded)),
            ("malformed", whole(account.malformed)),
            ("wrongCommunity", whole(account.wrongCommunity)),
            ("inFlightMax", whole(account.inFlightMax)),
            ("overlaps", whole(report.witness.overlaps)),
            ("strays", whole(report.witness.strays)),
            ("varbinds", whole(account.varbinds)),
            (
                "operations",
                .object([
                    ("get", whole(account.get)), ("getNext", whole(account.getNext)), ("getBulk", whole(account.getBulk)),
                    ("set", whole(account.set)),
                ])
            ),
            ("hours", .array(report.ledger.hours.map { hour($0, of: report.ledger.hour) })),
            ("holders", .array(withHolders ? report.witness.holders.map(holder) : [])),
        ])
    }

    private func hour(_ hour: HourLedger.Hour, of length: Duration) -> JSONValue {
        .object([
            ("from", .string(time(length * hour.place))), ("operations", whole(hour.operations)), ("dear", whole(hour.dear)),
        ])
    }

    /// A tagged holder has a `number`, an untagged one a `sender`; the other is null.
    private func holder(_ span: HolderWitness.Span) -> JSONValue {
        let (number, sender): (JSONValue, JSONValue) =
            switch span.holder {
            case .number(let number): (Int64(exactly: number).map { .integer($0) } ?? .string(String(number)), .null)
            case .sender(let sender): (.null, .string(sender.description))
            }
        return .object([
            ("number", number), ("sender", sender), ("first", .string(time(span.first))), ("last", .string(time(span.last))),
            ("pdus", whole(span.pdus)), ("dear", .bool(span.isDear)),
        ])
    }

    private func whole(_ number: Int) -> JSONValue { .integer(Int64(number)) }

    /// RFC 3339 in UTC, with microseconds.
    private func time(_ sinceStart: Duration) -> String {
        let moment = (startedAt + sinceStart).components
        let civil = CivilTime(secondsSince1970: moment.seconds)
        func digits(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(width - text.count, 0)) + text
        }
        let date = "\(digits(civil.year, 4))-\(digits(civil.month, 2))-\(digits(civil.day, 2))"
        let clock = "\(digits(civil.hour, 2)):\(digits(civil.minute, 2)):\(digits(civil.second, 2))"
        return "\(date)T\(clock).\(digits(Int(moment.attoseconds / 1_000_000_000_000), 6))Z"
    }
}
