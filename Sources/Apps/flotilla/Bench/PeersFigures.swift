/// Flotilla's pipeline beside other task queues on the same broker in the same run.
struct PeersFigures: Codable, Sendable {
    let flotilla: PipelineFigures
    let peers: [PeerRun]

    /// Flotilla's rate ÷ the peer's, both from the first task submitted until the last one ended.
    func ratio(to peer: PeerRun) -> Double { flotilla.tasksPerSecond / peer.bothPerSecond }
}

extension PeersFigures: BenchFigures {
    var summary: String {
        let settings = peers.map { peer in
            "\(peer.name) \(peer.version) (Python \(peer.python), \(peer.publishers) publishing processes): \(peer.settings)."
        }
        let own =
            "Flotilla: \(flotilla.workers) workers with \(flotilla.slots) slots, \(flotilla.submitters) connections to the batch API, "
            + "protobuf, \(flotilla.batch) a batch; durable quorum queues, confirms, acknowledged after the outcome is confirmed; every "
            + "task and outcome recorded in PostgreSQL."
        return "Tasks that do nothing, from the first one submitted until the last one ended, one after the other on the same RabbitMQ and "
            + "Redis. " + ([own] + settings).joined(separator: " ")
    }

    var table: [[String]] {
        let own = [
            "Flotilla", "\(flotilla.tasks)", Figure.rate(Double(flotilla.tasks) / flotilla.admittedSeconds), "",
            Figure.rate(flotilla.tasksPerSecond), "",
        ]
        return [["queue", "tasks", "submitted", "consumed alone", "end to end", "Flotilla ÷ it"], own]
            + peers.map { peer in
                [
                    peer.name, "\(peer.tasks)", Figure.rate(peer.publishPerSecond), Figure.rate(peer.consumePerSecond),
                    Figure.rate(peer.bothPerSecond), Figure.ratio(ratio(to: peer)),
                ]
            }
    }
}
