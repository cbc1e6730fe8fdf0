import Foundation
import PrivateServers

/// What plain loops over the C library reached on one broker: publish, consume, both at once.
struct CeilingRun: Codable, Sendable {
    struct Phase: Codable, Sendable {
        let seconds: Double
        let perSecond: Double
        /// Processor time per message, in microseconds.
        let clientMicros: Double
        /// The same of the broker; `nil` when its process is not on this machine.
        let brokerMicros: Double?
    }

    /// Version of the broker as it tells.
    let broker: String
    let messages: Int
    let bodyBytes: Int
    /// Messages sent and not yet confirmed at most.
    let window: Int
    let prefetch: Int
    let publish: Phase
    let consume: Phase
    let bothAtOnce: Phase

    /// Runs the program `amqp-ceiling`, which stands beside this one.
    static func measure(url: String, messages: Int, in folder: ScratchFolder) async throws -> CeilingRun {
        var arguments = [url, "\(messages)"]
        if let port = URL(string: url)?.port, let owner = PortOwner.ofTCP(port: port) { arguments.append("\(owner.pid)") }
        let output = try await Run.output(of: ChildProcess.Command(LocalFleet.program("amqp-ceiling"), arguments), in: folder)
        return try JSONDecoder().decode(CeilingRun.self, from: Data(output.utf8))
    }
}

extension CeilingRun: BenchFigures {
    var summary: String {
        "Plain loops over librabbitmq, nothing of Flotilla: \(messages) persistent messages of \(bodyBytes) bytes through a durable quorum "
            + "queue declared as lanes are; confirms with a window of \(window), prefetch \(prefetch), single acks. Both at once: two "
            + "connections on two threads."
    }

    var table: [[String]] {
        let phases = [("publish", publish), ("consume", consume), ("both at once", bothAtOnce)]
        return [["phase", "rate", "took", "CPU of the loop per message", "of RabbitMQ"]]
            + phases.map { name, phase in
                [
                    name, Figure.rate(phase.perSecond), Figure.seconds(phase.seconds), Figure.micros(phase.clientMicros),
                    phase.brokerMicros.map(Figure.micros) ?? "unknown",
                ]
            }
    }
}
