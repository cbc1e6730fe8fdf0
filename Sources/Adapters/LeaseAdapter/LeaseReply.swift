import Domain
import Redis

/// Reads what the scripts answer; `nil`: it is none of their answers.
enum LeaseReply {
    static func take(_ reply: RedisValue) -> TakeAnswer? {
        guard let parts = reply.array, let word = parts.first?.text else { return nil }
        switch word {
        case "granted": return span(parts, 1).map { .granted(quietGap: $0) }
        case "mine": return span(parts, 1).map { .mine(quietGap: $0) }
        case "busy": return span(parts, 1).map { .busy(for: $0) }
        default: return seen(parts).map { .seen($0) }
        }
    }

    static func hand(_ reply: RedisValue) -> HandAnswer? {
        guard let parts = reply.array else { return nil }
        return parts.first?.text == "deferred" ? .deferred : seen(parts).map { .seen($0) }
    }

    static func void(_ reply: RedisValue) -> VoidAnswer? {
        guard let parts = reply.array, let word = parts.first?.text else { return nil }
        switch word {
        case "held": return span(parts, 1).map { .held(for: $0) }
        case "void": return parts.count == 2 ? parts[1].integer.map { .void(wasGranted: $0 == 1) } : nil
        default: return nil
        }
    }

    static func bar(_ reply: RedisValue) -> BarAnswer? {
        guard let parts = reply.array, let word = parts.first?.text else { return nil }
        guard word == "barred" else { return word == "free" ? .free : nil }
        guard parts.count == 4, let number = parts[1].integer, let left = span(parts, 2), let holder = parts[3].text else { return nil }
        return .barred(DispatchNumber(number), holder: holder.isEmpty ? nil : holder, for: left)
    }

    /// The answer of `renew` and `release`.
    static func isOwn(_ reply: RedisValue) -> Bool? {
        reply.integer.map { $0 == 1 }
    }

    private static func seen(_ parts: [RedisValue]) -> Seen? {
        guard parts.count == 4, parts[0].text == "seen", let word = parts[1].text, let answer = Seen.Answer(rawValue: word),
            let highest = parts[2].integer, let left = parts[3].integer
        else { return nil }
        return Seen(answer, highest: DispatchNumber(highest), leaseLeft: left < 0 ? nil : .microseconds(left))
    }

    private static func span(_ parts: [RedisValue], _ place: Int) -> Duration? {
        guard place < parts.count else { return nil }
        return parts[place].integer.map { .microseconds($0) }
    }
}
