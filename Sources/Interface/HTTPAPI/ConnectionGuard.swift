import APIContract
import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Ends connections that take too long to send a request or to read an answer, and says what was wrong with bytes that are no HTTP.
///
/// Streams of events live as long as their reader keeps up: while an answer is being given, no deadline of the request runs.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ConnectionLimits
    private var pace = RequestPace()
    private var deadline: (wait: RequestPace.Wait, task: Scheduled<Void>)?
    private var stall: Scheduled<Void>?
    private var unreadable: (any Error)?
    /// No further request can be read from this connection.
    private var isLast = false
    /// The last answer has been given.
    private var isDone = false

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    // MARK: What arrives

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            pace.head()
            // Behind these the parser waits for another protocol.
            if head.method == .connect || head.headerFields[.upgrade] != nil { isLast = true }
        case .body: pace.bodyPart()
        case .end: pace.end()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        pace.burstEnded()
        watch(context)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            pace.inputClosed()
            watch(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Bytes behind the first error are errors, too.
        unreadable = unreadable ?? error
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWatching()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopWatching()
    }

    // MARK: What leaves

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isDone else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            pace.answerHead()
            if let unreadable, head.isBareRefusal {
                write(Problem(unreadable: unreadable), context: context, promise: promise)
                return
            }
        case .body: break
        case .end:
            pace.answerEnd()
            guard !isLast else {
                end(context, promise)
                return
            }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            stall = context.eventLoop.scheduleTask(in: limits.stall) { bound.value.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Deadlines

    private func watch(_ context: ChannelHandlerContext) {
        guard deadline?.wait != pace.wait else { return }
        deadline?.task.cancel()
        deadline = nil
        schedule(context)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        let wait = pace.wait
        let span: TimeAmount
        switch wait {
        case .nothing: return
        case .header: span = limits.header
        case .body: span = limits.body
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(in: span) {
            let (own, context) = bound.value
            own.strike(wait, context)
        }
        deadline = (wait, task)
    }

    private func strike(_ wait: RequestPace.Wait, _ context: ChannelHandlerContext) {
        deadline = nil
        switch pace.late(wait) {
        case .none: watch(context)
        case .later: schedule(context)
        case .answer:
            write(Problem(late: wait, limits: limits), context: context, promise: nil)
            end(context, nil)
        case .close: context.close(promise: nil)
        }
    }

    /// Ends the answer and, once it is sent, the connection.
    private func end(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        isDone = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        sent.cascade(to: promise)
        sent.whenComplete { _ in bound.value.close(promise: nil) }
    }

    private func stopWatching() {
        deadline?.task.cancel()
        deadline = nil
        stall?.cancel()
        stall = nil
    }

    /// The head and the body of a refusal that ends the connection; the end is for the caller.
    private func write(_ problem: Problem, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let body = (try? JSONEncoder().encode(problem)) ?? Data()
        let head = HTTPResponse(
            status: HTTPResponse.Status(code: problem.status),
            headerFields: [.contentType: "application/problem+json", .contentLength: "\(body.count)", .connection: "close"]
        )
        context.write(wrapOutboundOut(.head(head)), promise: promise)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
    }
}

extension HTTPResponse {
    /// How the server answers what its parser could not read.
    fileprivate var isBareRefusal: Bool {
        status == .badRequest && headerFields[.connection] == "close" && headerFields[.contentLength] == "0"
    }
}

extension Problem {
    /// Bytes that are no HTTP request, or one with too large a header.
    init(unreadable error: any Error) {
        if case HTTPParserError.headerOverflow? = error as? HTTPParserError {
            self.init(
                status: 431,
                code: "header_too_large",
                title: "Header too large",
                detail: "the request line and the header fields are longer, or more, than this server takes",
                allowed: "at most 16 KiB in at most 100 fields"
            )
        } else {
            self.init(
                status: 400,
                code: "malformed_request",
                title: "Request cannot be read",
                detail: "this is not an HTTP/1.1 request: \(error)"
            )
        }
    }

    fileprivate init(late wait: RequestPace.Wait, limits: ConnectionLimits) {
        let (what, span) = wait == .header ? ("header", limits.header) : ("body", limits.body)
        self.init(
            status: 408,
            code: "too_slow",
            title: "Request too slow",
            detail: "the \(what) of the request did not arrive in time",
            allowed: "the whole \(what) within \(span.nanoseconds / 1_000_000) ms"
        )
    }
}
