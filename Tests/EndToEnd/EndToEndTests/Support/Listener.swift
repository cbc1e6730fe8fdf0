import Foundation
import PrivateServers
import TestSupport

/// A Python program that listens, and writes down what it hears, line by line.
final class Listener: Sendable {
    private let process: ChildProcess
    private let scratch: ScratchFolder

    private init(_ script: String, _ arguments: [String]) throws {
        scratch = try ScratchFolder("listener")
        let file = try scratch.write(script, to: "listen.py")
        process = ChildProcess(
            ChildProcess.Command("/usr/bin/python3", [file] + arguments, environment: Programs.environment, log: scratch.file("log"))
        )
        try process.start()
    }

    deinit { process.kill() }

    /// What it has heard so far.
    var lines: [String] {
        get throws { try scratch.text("log").split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    }

    /// Whether it still listens.
    var isListening: Bool { process.isRunning }

    func stop() { process.kill() }

    /// Binds a queue to `flotilla.events` as any AMQP client may.
    ///
    /// Each line is one message as JSON. Returns once it is bound.
    static func broker(_ url: String, key: String) async throws -> Listener {
        let listener = try Listener(
            """
            import json, sys, pika

            def say(text):
                sys.stdout.write(text + "\\n")
                sys.stdout.flush()

            channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel()
            queue = channel.queue_declare("", exclusive=True).method.queue
            channel.queue_bind(queue, "flotilla.events", sys.argv[2])
            say("bound")
            for method, properties, body in channel.consume(queue, auto_ack=True):
                say(json.dumps({
                    "key": method.routing_key, "contentType": properties.content_type, "body": json.loads(body),
                    "traceparent": (properties.headers or {}).get("traceparent"),
                }))
            """,
            [url, key]
        )
        try await eventually("the queue is bound", within: .seconds(20)) { try listener.lines.first == "bound" }
        return listener
    }

    /// Reads a stream of server-sent events as it is.
    ///
    /// Returns once it has begun.
    static func stream(_ url: String, after last: String? = nil) async throws -> Listener {
        let listener = try Listener(
            """
            import sys, urllib.request

            def say(text):
                sys.stdout.write(text + "\\n")
                sys.stdout.flush()

            request = urllib.request.Request(sys.argv[1], headers={"Last-Event-ID": sys.argv[2]} if len(sys.argv) > 2 else {})
            with urllib.request.urlopen(request) as answer:
                say(answer.headers["Content-Type"])
                for line in answer:
                    say(line.decode().rstrip("\\n"))
            say("END")
            """,
            [url] + [last].compactMap(\.self)
        )
        try await eventually("the stream has begun", within: .seconds(20)) { try listener.lines.contains { $0.hasPrefix("id: ") } }
        return listener
    }
}
