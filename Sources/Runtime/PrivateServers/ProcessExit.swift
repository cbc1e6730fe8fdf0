/// How a process ended.
package enum ProcessExit: Hashable, Sendable, CustomStringConvertible {
    /// It returned this code; 0 is success.
    case code(Int32)
    /// This signal ended it.
    case signal(Int32)

    /// Decodes what `waitpid` reports.
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
    }

    /// True for code 0 alone.
    package var isSuccess: Bool { self == .code(0) }

    package var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let number): "signal \(number)"
        }
    }
}
