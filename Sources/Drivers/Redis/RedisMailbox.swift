internal import CHiredis

/// What the library's callbacks leave for the connection, which empties it after every call into the library.
///
/// Not Sendable on purpose: it lives on the reactor thread, and the library holds it unretained until `isFreed`.
@safe
final class RedisMailbox {
    var replies: [(ticket: UInt, value: RedisValue?)] = []
    /// The outcome of the connect, once.
    var connectStatus: Int32?
    var wantsRead = false
    var wantsWrite = false
    /// The library has freed the context: the pointer must not be used any more.
    var isFreed = false
    /// The library's text of the first failure.
    var failure: String?
    /// The failure is in what the server sent.
    var failedProtocol = false

    /// Writes the hooks into a fresh context.
    func attach(to context: UnsafeMutablePointer<redisAsyncContext>) {
        let owner = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe context.pointee.data = owner
        unsafe context.pointee.ev.data = owner
        unsafe context.pointee.ev.addRead = redisWantsRead
        unsafe context.pointee.ev.delRead = redisNeedsNoRead
        unsafe context.pointee.ev.addWrite = redisWantsWrite
        unsafe context.pointee.ev.delWrite = redisNeedsNoWrite
        unsafe context.pointee.ev.cleanup = redisFreesContext
        unsafe redisAsyncSetConnectCallback(context, redisConnected)
        unsafe redisAsyncSetDisconnectCallback(context, redisDisconnected)
    }

    fileprivate func noteFailure(of context: UnsafePointer<redisAsyncContext>) {
        guard failure == nil, unsafe context.pointee.err != 0 else { return }
        failedProtocol = unsafe context.pointee.err == REDIS_ERR_PROTOCOL
        failure = unsafe context.pointee.errstr.map { unsafe String(cString: $0) } ?? "unknown failure"
    }
}

// MARK: Callbacks of the library: file-level functions, on the reactor thread, inside a call into the library.

private func mailbox(_ owner: UnsafeMutableRawPointer?) -> RedisMailbox? {
    unsafe owner.map { unsafe Unmanaged<RedisMailbox>.fromOpaque($0).takeUnretainedValue() }
}

private func redisWantsRead(_ owner: UnsafeMutableRawPointer?) { unsafe mailbox(owner)?.wantsRead = true }

private func redisNeedsNoRead(_ owner: UnsafeMutableRawPointer?) { unsafe mailbox(owner)?.wantsRead = false }

private func redisWantsWrite(_ owner: UnsafeMutableRawPointer?) { unsafe mailbox(owner)?.wantsWrite = true }

private func redisNeedsNoWrite(_ owner: UnsafeMutableRawPointer?) { unsafe mailbox(owner)?.wantsWrite = false }

private func redisFreesContext(_ owner: UnsafeMutableRawPointer?) { unsafe mailbox(owner)?.isFreed = true }

private func redisConnected(_ context: UnsafePointer<redisAsyncContext>?, _ status: Int32) {
    guard let context = unsafe context, let mailbox = unsafe mailbox(context.pointee.data) else { return }
    mailbox.connectStatus = status
    if status != REDIS_OK {
        mailbox.failure = unsafe String(cString: flotilla_redis_failure(context))
    }
}

private func redisDisconnected(_ context: UnsafePointer<redisAsyncContext>?, _ status: Int32) {
    guard let context = unsafe context, let mailbox = unsafe mailbox(context.pointee.data) else { return }
    unsafe mailbox.noteFailure(of: context)
}

/// Answers one command.
///
/// `ticket` is a number in the clothes of a pointer; `reply` is NULL when none will come.
func redisAnswered(
    _ context: UnsafeMutablePointer<redisAsyncContext>?,
    _ reply: UnsafeMutableRawPointer?,
    _ ticket: UnsafeMutableRawPointer?
) {
    guard let context = unsafe context, let mailbox = unsafe mailbox(context.pointee.data) else { return }
    if unsafe reply == nil { unsafe mailbox.noteFailure(of: context) }
    let value = unsafe reply.map { unsafe RedisValue(copying: $0.assumingMemoryBound(to: redisReply.self).pointee) }
    mailbox.replies.append((UInt(bitPattern: ticket), value))
}

extension RedisValue {
    /// Copies a reply, which the library frees when its callback returns.
    init(copying reply: redisReply) {
        switch unsafe reply.type {
        case REDIS_REPLY_STATUS: self = .status(unsafe Self.text(of: reply))
        case REDIS_REPLY_ERROR: self = .error(unsafe Self.text(of: reply))
        case REDIS_REPLY_INTEGER: self = .integer(unsafe reply.integer)
        case REDIS_REPLY_STRING: self = .bytes(unsafe Self.bytes(of: reply))
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(start: reply.element, count: reply.elements)
            self = .array(unsafe elements.map { element in unsafe element.map { unsafe RedisValue(copying: $0.pointee) } ?? .null })
        case REDIS_REPLY_NIL: self = .null
        default: self = .error("a reply of unknown type")
        }
    }

    private static func bytes(of reply: redisReply) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: reply.str, count: reply.len))
    }

    private static func text(of reply: redisReply) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: reply.str, count: reply.len), as: UTF8.self)
    }
}
