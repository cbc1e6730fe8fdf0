/// Who has and who waits for a session's connection.
///
/// Lives behind a mutex; the caller resumes what it is handed.
struct SessionState {
    typealias Waiter = CheckedContinuation<AMQPConnection?, Never>

    /// An answer that is known already, `nil` inside when there will be no connection.
    struct Answer {
        let connection: AMQPConnection?
    }

    private(set) var connection: AMQPConnection?
    private(set) var isClosing = false
    var isRunning = false
    var isBlocked = false
    private var waiters: [UInt64: Waiter] = [:]
    /// Tickets whose wait was given up before it began.
    private var givenUp: Set<UInt64> = []
    private var enders: [CheckedContinuation<Void, Never>] = []
    private var lastTicket: UInt64 = 0

    mutating func nextTicket() -> UInt64 {
        lastTicket += 1
        return lastTicket
    }

    /// - Returns: the answer when there is one; else the waiter is kept.
    mutating func wait(_ waiter: Waiter, ticket: UInt64) -> Answer? {
        if connection != nil || isClosing || givenUp.contains(ticket) {
            givenUp.remove(ticket)
            return Answer(connection: connection)
        }
        waiters[ticket] = waiter
        return nil
    }

    /// - Returns: the waiter to answer with `nil`.
    mutating func giveUp(_ ticket: UInt64) -> Waiter? {
        if let waiter = waiters.removeValue(forKey: ticket) { return waiter }
        givenUp.insert(ticket)
        return nil
    }

    mutating func finishWait(_ ticket: UInt64) {
        givenUp.remove(ticket)
    }

    /// - Returns: whether the session still wants a connection, and who is answered with it.
    mutating func admit(_ connection: AMQPConnection) -> (isAdmitted: Bool, waiters: [Waiter]) {
        guard !isClosing else { return (false, []) }
        self.connection = connection
        defer { waiters = [:] }
        return (true, Array(waiters.values))
    }

    mutating func retire() {
        connection = nil
        isBlocked = false
    }

    /// - Returns: the connection to close, and who is answered with `nil`.
    mutating func beginClose() -> (connection: AMQPConnection?, waiters: [Waiter]) {
        isClosing = true
        defer {
            waiters = [:]
            connection = nil
        }
        return (connection, Array(waiters.values))
    }

    /// - Returns: whether the end is still to come.
    mutating func waitForEnd(_ ender: CheckedContinuation<Void, Never>) -> Bool {
        guard isRunning else { return false }
        enders.append(ender)
        return true
    }

    /// - Returns: who waited for the end, and who is answered with `nil`.
    mutating func end() -> (enders: [CheckedContinuation<Void, Never>], waiters: [Waiter]) {
        isRunning = false
        isClosing = true
        defer {
            enders = []
            waiters = [:]
        }
        return (enders, Array(waiters.values))
    }
}
