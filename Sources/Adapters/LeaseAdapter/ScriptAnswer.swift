import Domain
import Redis

/// What a script answered: a word and what belongs to it.
struct ScriptAnswer {
    let word: String
    private let items: [RedisValue]
    private let script: String

    init(_ value: RedisValue, of script: String) throws(RedisError) {
        guard let items = value.array, let word = items.first?.text else {
            throw .protocolViolation(reason: "the script \(script) answered something else than a list with a word")
        }
        self.word = word
        self.items = items
        self.script = script
    }

    func whole(_ place: Int) throws(LeaseStoreError) -> Int64 {
        guard items.indices.contains(place), let number = items[place].integer ?? items[place].text.flatMap({ Int64($0) }) else {
            throw .refused(operation: script, message: "the answer \(word) has no number at \(place)")
        }
        return number
    }

    /// Microseconds of the answer.
    func span(_ place: Int) throws(LeaseStoreError) -> Duration {
        .microseconds(try whole(place))
    }

    /// `seen`, why, the key's highest number, what is left of this number's lease (−1: none).
    func seen() throws(LeaseStoreError) -> Seen {
        guard word == "seen", items.count == 4, let answer = items[1].text.flatMap(Seen.Answer.init(rawValue:)) else {
            throw .refused(operation: script, message: "unknown answer \(word)")
        }
        let left = try whole(3)
        return Seen(answer, highest: DispatchNumber(try whole(2)), leaseLeft: left < 0 ? nil : .microseconds(left))
    }
}

extension LeaseStoreError {
    init(_ error: RedisError, during operation: String) {
        switch error {
        case .server(let message): self = .refused(operation: operation, message: message)
        default: self = .silent(operation: operation, reason: "\(error)")
        }
    }
}
