import NIOCore

/// Where a connection stands between the first byte of a request and the last, and what its deadline is for.
///
/// It sees the parts of requests and the ends of bursts of bytes: bytes without a part are a header that is not complete.
struct RequestPace {
    enum Wait: Hashable {
        /// Nothing of the next request has arrived.
        case nothing
        /// The header has begun.
        case header
        /// The header is complete, the body is not.
        case body
    }

    enum Lateness: Hashable {
        /// It was not too late after all.
        case none
        /// Look again after the same span: an earlier request is still being answered.
        case later
        /// Nothing of an answer has been sent yet: say 408, then close.
        case answer
        case close
    }

    private(set) var wait = Wait.nothing
    /// Requests whose header has come and whose answer has not ended.
    private var open = 0
    private var answerBegun = false
    private var partCame = false

    mutating func head() {
        wait = .body
        open += 1
        partCame = true
    }

    mutating func bodyPart() {
        partCame = true
    }

    mutating func end() {
        wait = .nothing
        partCame = true
    }

    /// The bytes that were there have been read.
    mutating func burstEnded() {
        if !partCame, wait == .nothing { wait = .header }
        partCame = false
    }

    /// The client will send no more.
    mutating func inputClosed() {
        wait = .nothing
    }

    mutating func answerHead() {
        answerBegun = true
    }

    mutating func answerEnd() {
        answerBegun = false
        open -= 1
    }

    /// What to do when the deadline of `missed` has come.
    func late(_ missed: Wait) -> Lateness {
        guard missed == wait else { return .none }
        switch wait {
        case .nothing: return .none
        case .header: return open == 0 ? .answer : .later
        case .body: return open > 1 ? .later : answerBegun || open == 0 ? .close : .answer
        }
    }
}
