import Glibc

/// The signals that are sent to children.
package enum Signal: Hashable, Sendable {
    case terminate
    case interrupt
    case quit
    case kill
    case hangUp
    /// Freezes the process: it stays alive and answers nothing.
    case stop
    /// Thaws a frozen process.
    case resume

    /// The number the kernel knows.
    package var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .quit: SIGQUIT
        case .kill: SIGKILL
        case .hangUp: SIGHUP
        case .stop: SIGSTOP
        case .resume: SIGCONT
        }
    }

    /// The name `kill -s` takes.
    var shellName: String {
        switch self {
        case .terminate: "TERM"
        case .interrupt: "INT"
        case .quit: "QUIT"
        case .kill: "KILL"
        case .hangUp: "HUP"
        case .stop: "STOP"
        case .resume: "CONT"
        }
    }
}
