import AMQP
import Foundation
import TestSupport
import Testing

/// What the driver costs, printed for a person to compare.
///
/// Runs only with FLOTILLA_BUDGET=1, in a release build.
@Suite(
    "The driver's budget",
    .enabled(if: ProcessInfo.processInfo.environment["FLOTILLA_BUDGET"] != nil, "set FLOTILLA_BUDGET=1"),
    .timeLimit(.minutes(5))
)
struct BudgetTests {
    private static let count = 50_000

    @Test("50,000 messages of 512 bytes through a quorum queue")
    func fiftyThousand() async throws {
        try await BrokerLab.withShared { connection, log in
            let queue = BrokerLab.quorumQueue("budget")
            _ = try await connection.declare(queue)
            let body = [UInt8](repeating: 1, count: 512)

            let publish = try await measure {
                await withTaskGroup(of: Int.self) { group in
                    for caller in 0..<4 {
                        group.addTask {
                            var confirmed = 0
                            for batch in 0..<Self.count / 1000 {
                                let results = await connection.publish(
                                    (0..<250).map { BrokerLab.message(to: queue.name, body, id: "\(caller)-\(batch)-\($0)") }
                                )
                                confirmed += results.count { $0.isConfirmed }
                            }
                            return confirmed
                        }
                    }
                    return await group.reduce(0, +)
                }
            }
            let consume = try await measure {
                let consumer = try await connection.consume(queue.name, prefetch: 256)
                var seen = 0
                try await eventually("all deliveries", within: .seconds(120), poll: .milliseconds(1)) {
                    let new = log.takeDeliveries()
                    for delivery in new { #expect(delivery.bodySlice.count == 512) }
                    connection.settle(new.map { .ack($0.tag) })
                    seen += new.count
                    return seen == Self.count
                }
                try await connection.closeChannel(of: consumer)
                return seen
            }

            #expect(publish == Self.count && consume == Self.count)
            try await connection.delete(queue: queue.name)
        }
    }

    private func measure(_ work: () async throws -> Int) async throws -> Int {
        let clock = ContinuousClock()
        let (cpu, start) = (Self.processorTime(), clock.now)
        let count = try await work()
        let spent = Self.processorTime() - cpu
        let seconds = (clock.now - start) / .seconds(1)
        let rate = Double(count) / seconds
        FileHandle.standardError.write(Data("BUDGET \(Int(rate))/s, \(spent / .microseconds(1) / Double(count)) µs of CPU each\n".utf8))
        return count
    }

    private static func processorTime() -> Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return .seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }
}
