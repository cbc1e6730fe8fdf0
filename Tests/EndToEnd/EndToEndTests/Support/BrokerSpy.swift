import Foundation
import PrivateServers
import TestSupport

/// Reads along every message of a fleet: a queue of its own beside each exchange, read by Python with pika.
final class BrokerSpy: Sendable {
    private static let script = """
        import sys, pika

        connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        for exchange in sys.argv[3:]:
            kind = None
            for key in ["#"] + [f"{c}.{p}" for c in "cpu io memory network general".split() for p in
                    "emergency critical urgent high normal low background maintenance".split()] + ["all", "outcomes", "fleet", "dead", "", "0"]:
                channel.queue_bind(queue, exchange, key)
        out = open(sys.argv[2], "ab", buffering=0)
        def heard(channel, method, properties, body):
            head = f"{method.exchange} {method.routing_key} {properties}".encode()
            out.write(b"== " + head + b"\\n" + body + b"\\n" + body.hex().encode() + b"\\n")
        channel.basic_consume(queue, heard, auto_ack=True)
        print("ready", flush=True)
        channel.start_consuming()
        """

    private let scratch: ScratchFolder
    private let process: ChildProcess

    init(_ brokerURL: String, exchanges: [String]) async throws {
        scratch = try ScratchFolder("spy")
        let script = try scratch.write(Self.script, to: "spy.py")
        process = ChildProcess(
            ChildProcess.Command(
                "/usr/bin/python3",
                [script, brokerURL, scratch.file("heard")] + exchanges,
                environment: Programs.environment,
                log: scratch.file("log")
            )
        )
        try process.start()
        try await process.ready("the spy listens", within: .seconds(15)) { try scratch.text("log").contains("ready") ? () : nil }
    }

    /// Everything that was said so far: heads, bodies, and bodies in hexadecimal digits.
    var heard: String { get throws { try scratch.text("heard") } }

    func stop() async { await process.stop() }
}
