package import Reactor

/// What is wrong between us and the security of a device of version 3 (RFC 3414, section 3.2).
package enum SecurityFault: Sendable, Hashable {
    case unknownUser
    /// The digest is wrong: passphrase or protocol of authentication.
    case wrongPassword
    /// The device could not decrypt: passphrase or protocol of privacy.
    case wrongPrivacy
    /// The user may not be used with this level of security.
    case unsupportedLevel
    case unknownContext
    /// The device goes on to refuse the clock that it told.
    case clockWindow
    /// The device goes on to refuse the engine that it told.
    case unknownEngine
    /// The answers are less secured than what was asked.
    case unsecuredAnswer
    /// The answers bear another signature than ours.
    case forgedAnswer
    /// The answers cannot be decrypted.
    case unreadableAnswer
    /// The answers are those of another user or engine.
    case foreignAnswer
    /// The device tells its engine but is silent to everything secured.
    case silence
    /// A report that no standard names.
    case other

    package var retry: RetryAdvice {
        switch self {
        case .unknownUser, .wrongPassword, .wrongPrivacy, .unsupportedLevel, .unknownContext: .never
        case .clockWindow, .unknownEngine, .unsecuredAnswer, .forgedAnswer, .unreadableAnswer, .foreignAnswer, .silence, .other:
            .after(.seconds(30))
        }
    }
}

extension SecurityFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownUser: "wrong user name: the device does not know it"
        case .wrongPassword: "wrong authentication password or protocol"
        case .wrongPrivacy: "wrong privacy password or protocol: the device could not decrypt"
        case .unsupportedLevel: "the device does not allow this security level to the user"
        case .unknownContext: "the device has no such context"
        case .clockWindow: "clock window: the device refuses the time that it told"
        case .unknownEngine: "the device refuses the engine id that it told"
        case .unsecuredAnswer: "the answers are less secured than what was asked"
        case .forgedAnswer: "the answers are signed with another password or protocol"
        case .unreadableAnswer: "the answers cannot be decrypted: wrong privacy password or protocol"
        case .foreignAnswer: "the answers are those of another user or engine"
        case .silence:
            """
            the device tells its engine id but does not answer secured requests: wrong privacy password or protocol, no access, or no \
            such context
            """
        case .other: "the device reports an error that no standard names"
        }
    }
}
