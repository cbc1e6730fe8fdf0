/// What is asked of a device in one datagram.
struct Outgoing: Sendable, Equatable {
    enum Operation: Sendable, Equatable {
        case get
        case getNext
        /// Never with 0 repetitions.
        case getBulk(repetitions: Int)
    }

    let operation: Operation
    let names: [OID]
    /// Attempts in a row that failed before this one.
    let failures: Int
}

/// What the device answered.
struct Answer: Sendable {
    /// 0 is noError (RFC 3416, section 3).
    var errorStatus: Int32 = 0
    /// From 1; 0 names nothing.
    var errorIndex: Int32 = 0
    var rows = SNMPRows()
}

/// Why an attempt brought no answer.
enum AttemptFailure: Sendable, Equatable {
    case timedOut
    case malformed
    case unreachable(systemError: Int32)
    /// Version 3: only answers that do not pass came, or none to what was secured.
    case untrusted(SecurityFault)
    /// Version 3: the device said why it does not answer; asking again does not help.
    case denied(SecurityFault)
    /// The request did not fit into a message: nothing was sent.
    case tooLong

    /// Nobody was heard: the device is asked less next time.
    var isSilence: Bool {
        switch self {
        case .timedOut, .unreachable: true
        case .malformed, .untrusted, .denied, .tooLong: false
        }
    }
}

/// What ends a request from our side.
enum Stop: Sendable, Equatable {
    case notSent(SendRefusal)
    case cancelled
    case closed
}

/// What a machine asks for after an input.
enum ExchangeEffect: Sendable, Equatable {
    case send(Outgoing)
    case finish
}

/// The error statuses that decide something here (RFC 3416, section 3).
enum ErrorStatus {
    static let tooBig: Int32 = 1
    static let noSuchName: Int32 = 2
}
