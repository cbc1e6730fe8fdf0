internal import Domain
internal import SwiftProtobuf

extension Google_Protobuf_Duration {
    /// 10,000 years, the range of the protobuf type.
    private static let secondsMax: Int64 = 315_576_000_000

    /// Spans outside the range of the protobuf type become its ends.
    init(_ span: Duration) {
        let parts = span.components
        guard abs(parts.seconds) < Self.secondsMax else {
            self.init(seconds: parts.seconds < 0 ? -Self.secondsMax : Self.secondsMax, nanos: 0)
            return
        }
        self.init(seconds: parts.seconds, nanos: Int32(parts.attoseconds / 1_000_000_000))
    }

    /// `nil` for what is not a duration by the rules of the protobuf type.
    var span: Duration? {
        guard (-Self.secondsMax...Self.secondsMax).contains(seconds), (-999_999_999...999_999_999).contains(nanos),
            seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
        else { return nil }
        return .seconds(seconds) + .nanoseconds(Int64(nanos))
    }
}

extension Google_Protobuf_Timestamp {
    /// Years 0001 to 9999, the range of the protobuf type, as seconds since 1970.
    private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Times outside the range of the protobuf type become its ends.
    init(_ time: Timestamp) {
        var (seconds, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        if rest < 0 {
            seconds -= 1
            rest += 1_000_000
        }
        guard Self.range.contains(seconds) else {
            self.init(seconds: seconds < 0 ? Self.range.lowerBound : Self.range.upperBound, nanos: 0)
            return
        }
        self.init(seconds: seconds, nanos: Int32(rest) * 1000)
    }

    /// In whole microseconds; `nil` for what is not a time by the rules of the protobuf type.
    var time: Timestamp? {
        guard Self.range.contains(seconds), (0...999_999_999).contains(nanos) else { return nil }
        return Timestamp(microseconds: seconds * 1_000_000 + Int64(nanos) / 1000)
    }
}
